import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import { ScheduledAdam } from '@oneface/trainer/training/scheduled-adam';
import { type TrainingContext, type TrainingPlan, train } from '@oneface/trainer/training/train';
import type { Trainable } from '@oneface/trainer/training/trainable';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

const STEPS = 30;
const INPUTS = 4;

/** Linear regression: the smallest thing that can be trained. */
class Line implements Trainable {
  readonly variables: tf.Variable[];

  constructor(inputs = INPUTS) {
    this.variables = [tf.variable(tf.zeros([inputs, 1])), tf.variable(tf.zeros([1]))];
  }

  weights(): Map<string, Tensor> {
    const tensorOf = ({ shape, dataSync }: tf.Variable, data = dataSync) => ({ shape, data: data<'float32'>() });
    const [slope, shift] = this.variables.map((variable) => tensorOf(variable, variable.dataSync.bind(variable)));
    return new Map([
      ['slope', slope],
      ['shift', shift],
    ]);
  }
}
