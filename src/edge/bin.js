#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=2 --optimize-for-size --single-threaded-gc --no-sparkplug --heap-growing-percent=20
// Stands in the repository, so that npm links the program before it is built. One malloc arena, a small young
// generation, a heap that grows by a fifth at a time, no baseline machine code and garbage collection without
// threads of its own keep the agent 65 MB smaller on a device with 1 GB; it has one busy thread.
import './dist/main.js';
