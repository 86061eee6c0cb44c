#!/usr/bin/env node
// Stands in the repository, so that npm links the program before it is built.
import './dist/main.js';
