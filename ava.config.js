export default {
  files: ['tests/**/*.test.ts'],
  typescript: { rewritePaths: { 'tests/': 'tests/dist/' }, compile: false },
  // The TensorFlow library is one per process and not safe to share between worker threads.
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
};
