const HEARTBEAT_MS = 10_000;

/**
 * @typedef {object} Step
 * @property {string} title what it does, for people
 * @property {string[]} [programs] system programs it needs
 * @property {() => Promise<void>} run
 */

/**
 * Runs steps one after the other and says which one runs, how long it has been at it and when it is done.
 *
 * @param {Step[]} steps
 * @param {{ say: (line: string) => void, now?: () => number }} console
 */
export async function runSteps(steps, { say, now = Date.now }) {
  for (const [index, step] of steps.entries()) {
    const start = now();
    const seconds = () => `${Math.round((now() - start) / 1000)} s`;
    say(`[${index + 1}/${steps.length}] ${step.title}`);
    const heartbeat = setInterval(() => say(`      still at it, ${seconds()}`), HEARTBEAT_MS);
    try {
      await step.run();
    } finally {
      clearInterval(heartbeat);
    }
    say(`      done in ${seconds()}`);
  }
}
