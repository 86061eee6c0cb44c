/**
 * Proves that trainer and edge never import each other, that common is pure and that first light only drives
 * the programs from outside. Called with a folder, it checks the project there instead of this one.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { judgeProject } from './project-boundaries.mjs';

const { files, violations } = judgeProject(
  process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url)),
);
if (violations.length > 0) {
  console.error(violations.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`Boundaries: ${files} files keep to them`);
}
