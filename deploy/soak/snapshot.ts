import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The workspace packages that the agent consists of. */
const PACKAGES = ['common', 'edge'];

/**
 * Copies the agent as it is built now, so that the program does not change under a soak when somebody builds
 * again. Packages of others are taken from where they are installed.
 *
 * @param root of the project
 * @param folder that the copy goes to
 * @returns the agent's program
 */
export async function snapshotAgent(root: string, folder: string): Promise<string> {
  const scope = join(folder, 'program', 'node_modules', '@oneface');
  for (const name of PACKAGES) {
    const from = join(root, 'src', name);
    const to = join(scope, name);
    await mkdir(to, { recursive: true });
    await cp(join(from, 'package.json'), join(to, 'package.json'));
    await cp(join(from, 'dist'), join(to, 'dist'), { recursive: true });
  }
  await cp(join(root, 'src', 'edge', 'bin.js'), join(scope, 'edge', 'bin.js'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(scope, 'edge', 'bin.js');
}
