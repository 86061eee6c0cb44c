import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('ONNX Runtime keeps no figures about its use to send them to its maker', async (t) => {
  const folder = await temporaryFolder(t);
  const models = projectFile('models/face-parts');
  const args = ['segment', join(models, 'sample.jpg'), '--out', join(folder, 'mask.png')];
  const signed = ['--bundle', join(models, 'face.oneface'), '--key', join(models, 'signing.public.pem')];
  // On a machine that builds software (CI) it would keep still by itself.
  const { CI: _, ...env } = process.env;
  const program = projectFile('src/edge/dist/main.js');
  await promisify(execFile)(process.execPath, [program, ...args, ...signed], {
    env: { ...env, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  t.true(existsSync(join(folder, 'mask.png')));
  for (const trace of ['.cache', 'cache']) t.false(existsSync(join(folder, trace)), trace);
});
