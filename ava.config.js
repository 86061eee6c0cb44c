import { existsSync } from 'node:fs';

// Photos and masks of people cannot stand in the project: what reads them runs where they lie beside it.
const hasSharedData = existsSync(new URL('../shared/data', import.meta.url));
if (!hasSharedData) console.log('Left out: tests/shared-data, for there is no ../shared/data');

export default {
  files: ['tests/**/*.test.ts', ...(hasSharedData ? [] : ['!tests/shared-data/**'])],
  typescript: { rewritePaths: { 'tests/': 'tests/dist/' }, compile: false },
  // The TensorFlow library is one per process and not safe to share between worker threads.
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
};
