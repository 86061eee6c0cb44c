import type { StreamSourceOptions } from '@oneface/edge/frames/source-options';
import { createStreamSource } from '@oneface/edge/frames/stream-source';
import type { ExecutionContext } from 'ava';
import { sourceDeps } from './source-deps.js';

/** A stream of drawn pictures. */
export const OPTIONS: StreamSourceOptions = {
  kind: 'stream',
  program: 'ffmpeg',
  device: 'TEST:',
  width: 64,
  height: 48,
  perSecond: 20,
  stallSeconds: 60,
};

/** Opens a stream; without other options one of drawn pictures. */
export function open(
  options: Partial<StreamSourceOptions> = {},
  deps: Parameters<typeof sourceDeps>[0] = {},
) {
  return createStreamSource({ ...OPTIONS, ...options }, sourceDeps(deps));
}

/** Opens a source that is closed when the test ends, whichever way. */
export function openIn(t: ExecutionContext, ...[options, deps]: Parameters<typeof open>) {
  const source = open(options, deps);
  t.teardown(() => source.close());
  return source;
}
