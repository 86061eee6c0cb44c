import { checkHttpCamera } from './http-camera.js';
import type { FrameSourceOptions } from './source-options.js';
import { streamArguments } from './stream-programs.js';

/**
 * Checks what the schema does not say of a source, without opening it, and makes the paths in it absolute.
 *
 * @param absolute makes a path absolute
 * @throws InputError naming what is wrong
 */
export function completeSource(
  source: FrameSourceOptions,
  absolute: (path: string) => string,
): FrameSourceOptions {
  switch (source.kind) {
    case 'folder':
      return { ...source, path: absolute(source.path) };
    case 'stream':
      streamArguments(source);
      return source;
    case 'http-snapshot':
    case 'http-stream': {
      checkHttpCamera(source);
      const { password, ca } = source;
      return {
        ...source,
        ...(password && { password: 'file' in password ? { file: absolute(password.file) } : password }),
        ...(ca && { ca: absolute(ca) }),
      };
    }
    default:
      return source;
  }
}
