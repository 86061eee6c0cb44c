import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnefaceError } from '@oneface/common/errors/errors';
import { startBroker } from './broker.js';
import { HELP, readOptions } from './options.js';
import { runProgram } from './program.js';
import { describeEvent, subscribe } from './subscriber.js';
import { type Trial, writeAgentConfig, writeSheet } from './trial.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = join(root, 'runs', 'first-light');

async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const pipeline = join(root, 'deploy', 'first-light', 'pipeline.json');
  await runProgram(join(root, 'src', 'trainer', 'dist', 'main.js'), ['run', pipeline]);

  const folder = join(run, 'report');
  const trials: Trial[] = [
    { device: 'sample-door', frames: join(run, 'frames', 'pictures') },
    ...options.frames.map((frames, index) => ({ device: `own-door-${index + 1}`, frames })),
  ];
  const bundle = join(run, 'bundle', 'face.oneface');
  const trustedKey = join(run, 'bundle', 'signing.public.pem');
  const broker = await startBroker();
  const subscriber = await subscribe(broker.url, (event) => say(describeEvent(event)));
  const sheets: string[] = [];
  for (const trial of trials) {
    say(`\nThe agent looks at ${trial.frames}`);
    const config = await writeAgentConfig(folder, trial, { bundle, trustedKey, broker: broker.url });
    await runProgram(join(root, 'src', 'edge', 'dist', 'main.js'), ['run', '--config', config]);
    sheets.push(await writeSheet(folder, trial, subscriber.eventsOf(trial.device)));
  }
  await subscriber.close();
  await broker.close();
  say(`
Bundle      ${bundle}
Trusted key ${trustedKey}
Report      ${join(run, 'evaluate', 'held-out', 'evaluation.md')}
${sheets.map((sheet) => `Sheet       ${sheet}`).join('\n')}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof OnefaceError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
});
