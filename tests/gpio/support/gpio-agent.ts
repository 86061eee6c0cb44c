import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { systemClock } from '@oneface/edge/clock/clock';
import { sleep } from '@oneface/edge/clock/sleep';
import { openGpio } from '@oneface/edge/gpio/open-gpio';
import { createLogger } from '@oneface/edge/logging/logger';

/*
 * A program that uses GPIO lines as the agent does, until somebody ends it. Its argument is the configuration
 * of the lines as JSON. It writes its log, "rise" at each trigger and "done" after each order as JSON lines to
 * stdout, and reads orders from stdin, one a line.
 */
const [, , argument = ''] = process.argv;
const options = JSON.parse(argument);
const log = createLogger({
  level: 'debug',
  format: 'json',
  now: Date.now,
  write: (line) => process.stdout.write(line),
});
const stop = new AbortController();
process.on('SIGTERM', () => {
  stop.abort();
  // As the agent, which sends its last messages first.
  setTimeout(async () => {
    await gpio.close();
    process.exit(0);
  }, 300);
});
const gpio = await openGpio(options, {
  env: process.env,
  clock: systemClock,
  sleep,
  random: () => 0,
  log,
  stop: stop.signal,
});
gpio.triggers(() => log.info('rise'));
log.info('open');

const ORDERS: Readonly<Record<string, (value: number) => unknown>> = {
  on: (milliseconds) => gpio.relay?.on(milliseconds),
  off: () => gpio.relay?.off(),
  blink: (seconds) => gpio.light?.blink(seconds),
  /** Orders on again and again, as an agent gone wrong. */
  insist: (milliseconds) => setInterval(() => gpio.relay?.on(milliseconds), 5),
  flood: (orders) => {
    for (let i = 0; i < orders; i++) gpio.relay?.on(1000);
  },
  block: (milliseconds) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  },
  /** Starts a program that outlives this one. */
  child: (seconds) =>
    log.info('child', { child: spawn('sleep', [`${seconds}`], { detached: true, stdio: 'ignore' }).pid }),
  holder: () => log.info('holder', { holder: gpio.relay?.holder }),
  close: () => gpio.close(),
  exit: () => process.exit(0),
  throw: () => {
    setImmediate(() => {
      throw new Error('a defect');
    });
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', value] = line.split(' ');
  await ORDERS[name]?.(Number(value));
  log.info('done', { order: line });
}
// Whoever started it is gone.
process.exit(0);
