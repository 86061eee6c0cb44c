#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=1
// Stands in the repository, so that npm links the program before it is built. One malloc arena and a small
// young generation keep the agent 50 MB smaller on a device with 1 GB; it has one busy thread.
import './dist/main.js';
