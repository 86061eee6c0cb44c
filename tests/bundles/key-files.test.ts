import { readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { formatPublicKey } from '@oneface/common/bundles/keys';
import { InputError } from '@oneface/common/errors/errors';
import { keyFiles, openKeyPair, readPrivateKey, readPublicKey } from '@oneface/trainer/bundling/keys';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { OTHER_KEY } from './example.js';

test('a new key pair is written once, readable by its owner alone, and found again', async (t) => {
  const folder = await temporaryFolder(t);
  const name = `${folder}/keys/signing`;
  const first = await openKeyPair(name);
  t.true(first.created);
  const files = keyFiles(name);
  t.is((await stat(files.privateKey)).mode & 0o777, 0o600);
  t.deepEqual((await readdir(`${folder}/keys`)).sort(), ['signing.private.pem', 'signing.public.pem']);
  t.deepEqual(await openKeyPair(name), { key: first.key, created: false });
  t.deepEqual(await readPrivateKey(files.privateKey), first.key);
  t.deepEqual(await readPublicKey(files.publicKey), first.key.publicKey);
  t.notDeepEqual((await openKeyPair(`${folder}/other`)).key, first.key);
});

test('a key pair that lost its public half, as after a kill, gets it back', async (t) => {
  const name = `${await temporaryFolder(t)}/signing`;
  const { key } = await openKeyPair(name);
  const { publicKey } = keyFiles(name);
  await unlink(publicKey);
  await openKeyPair(name);
  t.is(await readFile(publicKey, 'utf8'), formatPublicKey(key.publicKey));
});

test('a private key file is never replaced, whatever it holds', async (t) => {
  const name = `${await temporaryFolder(t)}/signing`;
  const { privateKey } = keyFiles(name);
  await writeFile(privateKey, 'mine');
  await t.throwsAsync(openKeyPair(name), { instanceOf: InputError, message: /BEGIN PRIVATE KEY/ });
  t.is(await readFile(privateKey, 'utf8'), 'mine');
});

test('halves of two different pairs are not taken for one', async (t) => {
  const name = `${await temporaryFolder(t)}/signing`;
  await openKeyPair(name);
  await writeFile(keyFiles(name).publicKey, formatPublicKey(OTHER_KEY.publicKey));
  await t.throwsAsync(openKeyPair(name), { instanceOf: InputError, message: /another key/ });
});
