import { randomAt } from '@oneface/trainer/random/seeded-random';
import { Trial, type TrialOptions } from './trial.js';

/** Opens an outbox on a simulated disk whose torn writes are the same at every run. */
export async function openTrial(options: Partial<TrialOptions> = {}): Promise<Trial> {
  const trial = new Trial({ random: randomAt(1, 'disk'), ...options });
  await trial.open();
  return trial;
}

/** Adds an event for each number from the first to the last. */
export async function addEvents(trial: Trial, from: number, to: number): Promise<void> {
  for (let id = from; id <= to; id += 1) await trial.addEvent(id);
}
