import { expected, IntegrityError } from '@oneface/common/errors/errors';
import type { ReportProgress } from '../progress/progress.js';
import { tf } from '../tensorflow/tensorflow.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { ScheduledAdam } from './scheduled-adam.js';
import type { Trainable } from './trainable.js';

/** Milliseconds between two checkpoints: a kill costs at most this much work. */
const CHECKPOINT_INTERVAL = 10_000;
/** Share of the newest loss in the figure that is shown. */
const SHOWN_LOSS_SHARE = 0.05;

export interface TrainingPlan {
  readonly network: Trainable;
  readonly optimizer: ScheduledAdam;
  readonly steps: number;
  /** Learning rate of a step, 0 to `steps` - 1. */
  rate(step: number): number;
  /** Scalar loss of a step; what it draws must follow from the step's number alone. */
  loss(step: number): tf.Scalar;
}

export interface TrainingContext {
  /** File that holds the state while training runs; one left by a killed run is gone on from. */
  readonly checkpoint: string;
  readonly report: ReportProgress;
  /** Writes one line for people. */
  readonly log: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

/**
 * Runs a training to its end, from its checkpoint if there is one. With a damaged one it starts from the first
 * step, and says so.
 *
 * @throws what `signal` was aborted with, after writing a checkpoint
 * @throws InputError when the loss is no longer a number
 */
export async function train(plan: TrainingPlan, context: TrainingContext): Promise<void> {
  const { network, optimizer, steps } = plan;
  const started = await stepsDone(plan, context);
  let saved = context.now();
  let shown: number | undefined;
  for (let step = started; step < steps; step++) {
    if (context.signal?.aborted) {
      await writeCheckpoint(context.checkpoint, step, network, optimizer);
      context.signal.throwIfAborted();
    }
    const loss = optimizer.step(plan.rate(step), () => tf.tidy(() => plan.loss(step)), network.variables);
    if (!Number.isFinite(loss)) throw expected('a finite loss', `training step ${step + 1}`, loss);
    shown = shown === undefined ? loss : shown + SHOWN_LOSS_SHARE * (loss - shown);
    context.report(step + 1, steps, `loss ${shown.toFixed(4)}`);
    if (context.now() - saved > CHECKPOINT_INTERVAL) {
      await writeCheckpoint(context.checkpoint, step + 1, network, optimizer);
      saved = context.now();
    }
    await yieldToEvents();
  }
}

async function stepsDone(
  { network, optimizer }: TrainingPlan,
  { checkpoint, log }: TrainingContext,
): Promise<number> {
  try {
    return await readCheckpoint(checkpoint, network, optimizer);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    log(`${checkpoint} is damaged, so training starts from its first step: ${error.message}`);
    return 0;
  }
}

/** TensorFlow computes in the foreground; signals and timers get their turn here. */
function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
