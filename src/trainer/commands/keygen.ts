import { keyFiles, openKeyPair } from '../bundling/keys.js';
import { defineCommand } from './command.js';
import { positionalArguments } from './options.js';

export const keygenCommand = defineCommand({
  name: 'keygen',
  summary: 'Makes the key pair that signs bundles: NAME.private.pem and NAME.public.pem.',
  usage: 'NAME',
  options: {},
  async run({ positionals }, { stdout }) {
    const [name] = positionalArguments(positionals, ['NAME']);
    const { created } = await openKeyPair(name);
    const { privateKey, publicKey } = keyFiles(name);
    stdout.write(
      created
        ? `${privateKey}: keep it secret\n${publicKey}: goes to the devices\n`
        : `${privateKey}: kept as it was\n`,
    );
  },
});
