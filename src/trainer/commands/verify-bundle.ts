import { readPublicKey } from '../bundling/keys.js';
import { verifyBundle } from '../bundling/verify-bundle.js';
import { defineCommand } from './command.js';
import { positionalArguments, usageError } from './options.js';

export const verifyBundleCommand = defineCommand({
  name: 'verify-bundle',
  summary: 'Checks that a bundle is whole, signed by a trusted key, and gives its golden outputs here.',
  usage: 'FILE --key PUBLIC.pem',
  options: {
    key: { type: 'string', value: 'PUBLIC.pem', multiple: true, description: 'A trusted public key.' },
  },
  async run({ values, positionals }, { stdout }) {
    const [file] = positionalArguments(positionals, ['FILE']);
    if (values.key === undefined) throw usageError('a public key file', '--key', undefined);
    const bundle = await verifyBundle(file, await Promise.all(values.key.map(readPublicKey)));
    stdout.write(`${file}: whole, signed by ${bundle.signedBy}, model ${bundle.modelDigest}\n`);
  },
});
