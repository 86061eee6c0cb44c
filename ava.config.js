import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether tests/gpio/support/fake-sysfs.ts can mount here: a container may lack /dev/fuse, a user namespaces. */
function canMount() {
  const namespace = process.getuid() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  return spawnSync('unshare', [...namespace, 'sh', '-c', ': <> /dev/fuse']).status === 0;
}

const leftOut = [
  {
    // Photos and masks of people cannot stand in the project: what reads them runs where they lie beside it.
    files: 'tests/shared-data/**',
    because: 'there is no ../shared/data',
    runs: existsSync(new URL('../shared/data', import.meta.url)),
  },
  {
    files: 'tests/gpio/{onoff,relay,whole-agent}.test.ts',
    because: 'this user may not open /dev/fuse in a namespace of mounts',
    runs: canMount(),
  },
].filter(({ runs }) => !runs);
for (const { files, because } of leftOut) console.log(`Left out: ${files}, for ${because}`);

export default {
  files: ['tests/**/*.test.ts', ...leftOut.map(({ files }) => `!${files}`)],
  typescript: { rewritePaths: { 'tests/': 'tests/dist/' }, compile: false },
  // The TensorFlow library is one per process and not safe to share between worker threads.
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
};
