import { classSet } from '@oneface/common/classes/class-sets';
import type { SegmentationEvent } from '@oneface/common/events/event';
import { encodeIndexPng } from '@oneface/common/images/index-png';
import { loadBundle } from '../bundles/load-bundle.js';
import type { Clock } from '../clock/clock.js';
import { timeQuality } from '../clock/time-quality.js';
import { readNamedFile } from '../config/read-file.js';
import { createEventFactory } from '../events/event-factory.js';
import { writeWhole } from '../files/write-whole.js';
import { decodeFrame } from '../images/decode-frame.js';
import { analyseFrame } from '../vision/analyse-frame.js';
import { labelsOfFaces } from './frame-labels.js';
import { drawBootId } from './identity.js';

/** The device id in the event of a photo that no device took. */
export const NO_DEVICE = 'segment';

export interface SegmentPhotoOptions {
  readonly photo: string;
  /** Where the mask is written: a palette PNG of the photo's size. */
  readonly out: string;
  readonly bundle: string;
  /** Public key files (PEM) whose signature the bundle may carry. */
  readonly keys: readonly string[];
}

/**
 * Does with one photo what the agent does with a frame, and writes the mask to a file. A photo without a
 * face gets a mask of background.
 *
 * @returns the events: one for each face, or one for none
 * @throws InputError when the photo cannot be read or the mask not written
 * @throws IntegrityError when the bundle must not be used
 */
export async function segmentPhoto(
  { photo, out, bundle: bundleFile, keys }: SegmentPhotoOptions,
  clock: Clock,
  randomBytes: (count: number) => Uint8Array,
): Promise<SegmentationEvent[]> {
  const bytes = await readNamedFile(photo, 'PHOTO');
  const { segmenter, modelDigest, spec } = await loadBundle(bundleFile, keys);
  try {
    const start = clock.monotonic();
    const picture = await decodeFrame(bytes, photo);
    const decode = clock.monotonic() - start;
    const analysis = await analyseFrame(segmenter, picture, clock);
    const boot = drawBootId(randomBytes);
    const events = createEventFactory({
      device: NO_DEVICE,
      boot,
      model: { digest: modelDigest, classSet: spec.classSet },
    });
    const mask = labelsOfFaces(analysis.faces, spec.classSet, picture);
    await writeWhole(out, encodeIndexPng(mask, classSet(spec.classSet)), '--out');
    const facts = {
      number: 1,
      capturedAt: clock.now(),
      arrivedAt: start,
      timeQuality: timeQuality(clock),
      decode,
    };
    const log = { id: boot, kept: false };
    return events.ofFrame(facts, analysis).map((build, index) => build({ log, sequence: index + 1 }));
  } finally {
    await segmenter.close();
  }
}
