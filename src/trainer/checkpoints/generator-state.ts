import type { TorchTensor } from './torch-tensor.js';

/** Which code wrote a checkpoint. */
export type Layout = 'rosinality' | 'nvidia';

/** A generator as a checkpoint holds it: every tensor under its native name, its values still unread. */
export interface GeneratorState {
  readonly layout: Layout;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
}
