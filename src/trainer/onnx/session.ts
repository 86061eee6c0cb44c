import './no-telemetry.js';

import { PIXELS_INPUT } from '@oneface/common/models/model-spec';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** One thread keeps float sums in one order, so a run can be repeated exactly. */
const THREADS = 1;
/** ONNX Runtime's level "error": its warnings about optimisations say nothing that we act on. */
const ERRORS_ONLY = 3;

/** Outputs of a run by name, row-major. */
export type Outputs = ReadonlyMap<string, Float32Array | Uint8Array>;

/** A segmenter file loaded into ONNX Runtime on the CPU. */
export class ModelSession {
  readonly #session: InferenceSession;
  readonly #dims: readonly number[];

  private constructor(session: InferenceSession, dims: readonly number[]) {
    this.#session = session;
    this.#dims = dims;
  }

  /**
   * Loads a model whose input is `pixels` [1, inputSize, inputSize, 3].
   *
   * @param optimisedFile where to write the graph as ONNX Runtime will run it
   */
  static async open(model: Uint8Array, inputSize: number, optimisedFile?: string): Promise<ModelSession> {
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: THREADS,
      interOpNumThreads: 1,
      logSeverityLevel: ERRORS_ONLY,
      ...(optimisedFile === undefined ? {} : { optimizedModelFilePath: optimisedFile }),
    });
    return new ModelSession(session, [1, inputSize, inputSize, 3]);
  }

  /** Runs the model on one picture of RGB bytes. */
  async run(pixels: Uint8Array): Promise<Outputs> {
    const results = await this.#session.run({ [PIXELS_INPUT]: new Tensor('uint8', pixels, this.#dims) });
    return new Map(
      Object.entries(results).map(([name, { data }]) => [name, data as Float32Array | Uint8Array]),
    );
  }

  /** Frees the native memory. */
  async close(): Promise<void> {
    await this.#session.release();
  }
}
