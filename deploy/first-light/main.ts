import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnefaceError } from '@oneface/common/errors/errors';
import { startBroker } from './broker.js';
import { HELP, readOptions } from './options.js';
import { runProgram } from './program.js';
import { describeEvent, subscribe } from './subscriber.js';
import { type AgentSetting, type Trial, writeAgentConfig, writeSheet } from './trial.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = join(root, 'runs', 'first-light');

async function main(argv: readonly string[]): Promise<void> {
  const options = await readOptions(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const pipeline = join(root, 'deploy', 'first-light', 'pipeline.json');
  await runProgram(join(root, 'src', 'trainer', 'dist', 'main.js'), ['run', pipeline]);

  const trials: Trial[] = [
    { device: 'sample-door', frames: join(run, 'frames', 'pictures') },
    ...options.frames.map((frames, index) => ({ device: `own-door-${index + 1}`, frames })),
  ];
  const bundle = join(run, 'bundle', 'face.oneface');
  const trustedKey = join(run, 'bundle', 'signing.public.pem');
  const sheets = await tryOut(trials, { bundle, trustedKey });
  say(`
Bundle      ${bundle}
Trusted key ${trustedKey}
Report      ${join(run, 'evaluate', 'held-out', 'evaluation.md')}
${sheets.map((sheet) => `Sheet       ${sheet}`).join('\n')}`);
}

/** Runs the agent over each folder of frames, with a broker and a subscriber, and returns the sheets drawn. */
async function tryOut(trials: readonly Trial[], signed: Omit<AgentSetting, 'broker'>): Promise<string[]> {
  const folder = join(run, 'report');
  const sheets: string[] = [];
  const broker = await startBroker();
  const subscriber = await subscribe(broker.url, (event) => say(describeEvent(event)));
  try {
    for (const trial of trials) {
      say(`\nThe agent looks at ${trial.frames}`);
      const config = await writeAgentConfig(folder, trial, { ...signed, broker: broker.url });
      await runProgram(join(root, 'src', 'edge', 'dist', 'main.js'), ['run', '--config', config]);
      sheets.push(await writeSheet(folder, trial, await subscriber.eventsOf(trial.device)));
    }
  } finally {
    await subscriber.close();
    await broker.close();
  }
  return sheets;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof OnefaceError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
});
