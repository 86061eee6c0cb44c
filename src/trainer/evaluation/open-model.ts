import '../onnx/no-telemetry.js';

import { createHash } from 'node:crypto';
import { expected } from '@oneface/common/errors/errors';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import { createSegmenter, type Segmenter } from '@oneface/common/segmentation/segmenter';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** ONNX Runtime's level "error": its warnings about optimisations say nothing that we act on. */
const ERRORS_ONLY = 3;

/** A segmenter file that is loaded into ONNX Runtime. */
export interface OpenModel {
  readonly segmenter: Segmenter;
  /** SHA-256 of the file, in hex. */
  readonly digest: string;
  /** Frees the native memory. */
  close(): Promise<void>;
}

/**
 * Loads a segmenter into ONNX Runtime on the CPU.
 *
 * @param model the ONNX file
 * @param spec what it says of itself
 * @throws InputError when it is no ONNX file that this runtime can run
 * @throws IntegrityError when it is not as `spec` says
 */
export async function openModel(model: Uint8Array, spec: ModelSpec): Promise<OpenModel> {
  const session = await createSession(model);
  try {
    return {
      segmenter: createSegmenter(session, Tensor, spec),
      digest: createHash('sha256').update(model).digest('hex'),
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function createSession(model: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      logSeverityLevel: ERRORS_ONLY,
    });
  } catch (cause) {
    throw expected('an ONNX model', 'the segmenter', cause, { cause });
  }
}
