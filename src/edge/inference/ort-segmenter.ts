import './no-telemetry.js';

import { expected } from '@oneface/common/errors/errors';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import { createSegmenter, type Segmenter } from '@oneface/common/segmentation/segmenter';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** ONNX Runtime's level "error": its warnings about optimisations say nothing that we act on. */
const ERRORS_ONLY = 3;
/** ONNX Runtime's word for "as many threads as there are cores". */
const ALL_CORES = 0;

/** A segmenter and the native memory behind it. */
export interface OrtSegmenter extends Segmenter {
  /** Frees the native memory; the segmenter is then of no more use. */
  close(): Promise<void>;
}

/**
 * Loads a segmenter into ONNX Runtime on the CPU.
 *
 * @param model the ONNX file
 * @param spec what it says of itself
 * @param threads for one picture; 0 takes all cores
 * @throws InputError when it is no ONNX file that this runtime can run
 * @throws IntegrityError when it is not as `spec` says
 */
export async function createOrtSegmenter(
  model: Uint8Array,
  spec: ModelSpec,
  threads = ALL_CORES,
): Promise<OrtSegmenter> {
  const session = await createSession(model, threads);
  try {
    const segmenter = createSegmenter(session, Tensor, spec);
    return { ...segmenter, close: () => session.release() };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function createSession(model: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      logSeverityLevel: ERRORS_ONLY,
    });
  } catch (cause) {
    throw expected('an ONNX model', 'the segmenter', cause, { cause });
  }
}
