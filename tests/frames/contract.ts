import { OnefaceError } from '@oneface/common/errors/errors';
import { wholePictureFormat } from '@oneface/common/images/picture-bytes';
import type { Frame, FrameSource } from '@oneface/edge/frames/frame-source';
import test from 'ava';
import sharp from 'sharp';
import { childProcesses } from './support/processes.js';

/** One kind of frame source, set up so that it gives pictures. */
export interface SourceUnderTest {
  /** Opens it; `now` is the clock that frames are to be stamped by. */
  open(now: () => number): Promise<FrameSource>;
  /** How many frames it gives before it ends; undefined: it never ends. */
  readonly frames: number | undefined;
  /** Names of files that it left where it may write. */
  leftFiles(): Promise<string[]>;
  /** Opens it where it can give no frame for now. Left out for files: one that is bad is passed over for good. */
  openFailing?(): Promise<FailingSource>;
}

/** A source that can give no frame until what is wrong is put right. */
export interface FailingSource {
  readonly opened: FrameSource;
  mend(): Promise<void> | void;
}

const FIRST_TIME = 1_700_000_000_000;
/** Far less than any deadline or stall of a source under test, and enough for a busy machine. */
const PROMPT_MS = 15_000;
/** A signal that nobody aborts. */
const never = () => new AbortController().signal;

/** Declares the tests that every frame source has to pass. */
export function testFrameSource(title: string, source: SourceUnderTest): void {
  test(`${title} gives whole pictures, stamped by the injected clock and named`, async (t) => {
    let time = FIRST_TIME;
    const opened = await source.open(() => time++);
    t.not(opened.name, '');
    t.deepEqual(opened.counts, { dropped: 0, restarts: 0 });
    let last = FIRST_TIME - 1;
    for (let i = 0; i < 2; i++) {
      const frame = await opened.next(never());
      if (frame === undefined) return t.fail('it ended before its second frame');
      t.not(wholePictureFormat(frame.bytes), undefined);
      const { info } = await sharp(frame.bytes).raw().toBuffer({ resolveWithObject: true });
      t.true(info.width > 0);
      t.true(frame.capturedAt > last && frame.capturedAt < time);
      last = frame.capturedAt;
      t.not(frame.name, '');
    }
    await opened.close();
  });

  test(`${title} ends with undefined, again and again, or does not end`, async (t) => {
    const opened = await source.open(Date.now);
    const wanted = source.frames ?? 5;
    for (let i = 0; i < wanted; i++) t.not(await opened.next(never()), undefined);
    if (source.frames === undefined) t.not(await opened.next(never()), undefined);
    else for (let i = 0; i < 2; i++) t.is(await opened.next(never()), undefined);
    await opened.close();
  });

  test(`${title} may be closed twice and gives nothing after that`, async (t) => {
    const opened = await source.open(Date.now);
    await opened.next(never());
    await opened.close();
    await t.notThrowsAsync(opened.close());
    t.is(await opened.next(never()), undefined);
  });

  test(`${title} closed while a frame is awaited ends the wait`, async (t) => {
    const opened = await source.open(Date.now);
    const awaited = Promise.race([opened.next(never()), timeout()]);
    await opened.close();
    t.not(await awaited, 'timed out');
    t.is(await opened.next(never()), undefined);
  });

  test(`${title} rejects promptly with the reason of an aborted signal and stays usable`, async (t) => {
    const opened = await source.open(Date.now);
    const reason = new Error('enough');
    await t.throwsAsync(opened.next(AbortSignal.abort(reason)), { is: reason });
    const controller = new AbortController();
    const awaited = Promise.race([opened.next(controller.signal), timeout()]);
    controller.abort(reason);
    await t.throwsAsync(awaited, { is: reason });
    t.not(await opened.next(never()), undefined);
    await opened.close();
  });

  const { openFailing } = source;
  if (openFailing !== undefined) {
    test(`${title} says by a typed error that it has no frame, and gives frames when what was wrong is put right`, async (t) => {
      const { opened, mend } = await openFailing();
      await t.throwsAsync(opened.next(never()), { instanceOf: OnefaceError });
      await mend();
      t.not(await frameInTheEnd(opened), undefined);
      t.true(opened.counts.restarts > 0);
      await opened.close();
    });
  }

  test.after(`${title} leaves no file and no process behind`, async (t) => {
    t.deepEqual(await source.leftFiles(), []);
    t.deepEqual(await childProcesses(), []);
  });
}

/** The next frame, whatever failures stand before it. */
export async function frameInTheEnd(source: FrameSource): Promise<Frame | undefined> {
  for (;;) {
    try {
      return await source.next(never());
    } catch (error) {
      if (!(error instanceof OnefaceError)) throw error;
    }
  }
}

function timeout(): Promise<'timed out'> {
  return new Promise((resolve) => setTimeout(resolve, PROMPT_MS, 'timed out').unref());
}
