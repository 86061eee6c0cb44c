import { wholePictureFormat } from '@oneface/common/images/picture-bytes';
import { createJpegSplitter, type JpegSplitter } from '@oneface/edge/frames/jpeg-splitter';
import test from 'ava';
import fc from 'fast-check';
import sharp from 'sharp';

const MOST = 100_000;
const noise = { width: 48, height: 32, channels: 3, background: 'red' } as const;
const drawn = sharp({
  create: { ...noise, noise: { type: 'gaussian', mean: 128, sigma: 60 } },
}).removeAlpha();
const thumbnail = await sharp({ create: noise }).jpeg().toBuffer();
const PICTURES = [
  await drawn.clone().jpeg({ quality: 90 }).toBuffer(),
  // Several scans, with segments between them.
  await drawn.clone().jpeg({ progressive: true }).toBuffer(),
  withSegment(await drawn.clone().jpeg().toBuffer(), 0xe1, thumbnail),
  withRestarts(thumbnail),
];

/** A JPEG whose segments, scans, fill bytes and restart marks are drawn at random. */
const jpeg = fc
  .record({
    segments: fc.array(segment(), { maxLength: 4 }),
    scans: fc.array(fc.tuple(segment(fc.constant(0xda)), scan(), fc.array(segment(), { maxLength: 2 })), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map(({ segments, scans }) =>
    Buffer.concat([bytes(0xff, 0xd8), ...segments, ...scans.flat(2), bytes(0xff, 0xd9)]),
  );

test('real pictures come out as they went in, whatever stands between them', (t) => {
  const between = ['--boundary\r\nContent-Type: image/jpeg\r\n\r\n', '\r\n', '', '\xff\xff\0'];
  const parts = PICTURES.flatMap((picture, index) => [Buffer.from(between[index], 'latin1'), picture]);
  const { pictures, splitter } = split([Buffer.concat(parts)]);
  t.deepEqual(pictures, PICTURES);
  t.deepEqual(splitter.counts, { broken: 0, oversize: 0 });
});

test('drawn pictures come out as they went in, with garbage between them', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(garbage(), jpeg), { maxLength: 4 }),
      garbage(),
      cuts(),
      (items, end, at) => {
        const stream = Buffer.concat([...items.flat(), end]);
        const { pictures } = split(cut(stream, at));
        t.deepEqual(
          pictures,
          items.map(([, picture]) => picture),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('how a stream is cut into chunks makes no difference, whatever it holds', (t) => {
  const marks = fc.constantFrom(
    ...[0x00, 0x01, 0xc4, 0xd0, 0xd8, 0xd9, 0xda, 0xe0, 0xff].map((code) => bytes(code)),
  );
  const hostile = fc.array(fc.oneof({ weight: 3, arbitrary: marks }, fc.uint8Array({ maxLength: 6 }), jpeg), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(hostile, cuts(), fc.integer({ min: 4, max: 200 }), (parts, at, most) => {
      const stream = Buffer.concat(parts);
      const whole = split([stream], most);
      const pieces = split(cut(stream, at), most);
      const single = split(
        [...stream].map((byte) => bytes(byte)),
        most,
      );
      t.deepEqual(pieces.pictures, whole.pictures);
      t.deepEqual(single.pictures, whole.pictures);
      t.deepEqual(pieces.splitter.counts, whole.splitter.counts);
      for (const picture of whole.pictures) {
        t.is(wholePictureFormat(picture), 'jpeg');
        t.true(picture.length <= most);
        t.true(stream.includes(picture));
      }
    }),
    { numRuns: 500 },
  );
});

test('a picture that breaks off in its scan is left out, and the next one is whole', (t) => {
  for (const picture of PICTURES) {
    const { pictures, splitter } = split([picture.subarray(0, -20), PICTURES[0]]);
    t.deepEqual(pictures, [PICTURES[0]]);
    t.is(splitter.counts.broken, 1);
  }
});

test('wherever a picture breaks off, no more is lost with it than its broken segment swallows', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PICTURES),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (picture, share) => {
        const rest = picture.subarray(0, Math.floor(share * picture.length));
        const { pictures } = split([rest, PICTURES[0], PICTURES[1], PICTURES[0]]);
        t.deepEqual(pictures.slice(-2), [PICTURES[1], PICTURES[0]]);
      },
    ),
  );
});

test('a preview picture inside a segment is no frame, nor is one inside an oversize picture', (t) => {
  t.deepEqual(split([PICTURES[2]]).pictures, [PICTURES[2]]);
  const { pictures, splitter } = split([PICTURES[2], PICTURES[3]], PICTURES[3].length);
  t.deepEqual(pictures, [PICTURES[3]]);
  t.deepEqual(splitter.counts, { broken: 0, oversize: 1 });
});

test('a picture as large as the cap is kept, one byte more is not', (t) => {
  const [picture] = PICTURES;
  t.is(split([picture], picture.length).pictures.length, 1);
  t.is(split([picture], picture.length - 1).pictures.length, 0);
});

test('a picture without end takes no more memory than the cap', (t) => {
  const { pictures, splitter } = split([PICTURES[0].subarray(0, -2)]);
  const chunk = Buffer.alloc(64 * 1024, 7);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 500; i++) splitter.push(chunk);
  t.true(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024);
  splitter.push(bytes(0xff, 0xd9));
  t.is(splitter.counts.oversize, 1);
  t.is(pictures.length, 0);
});

test('the memory of a chunk may be used again', (t) => {
  const pictures: Uint8Array[] = [];
  const splitter = createJpegSplitter({ mostBytes: MOST, onPicture: (picture) => pictures.push(picture) });
  const buffer = new Uint8Array(100);
  for (let at = 0; at < PICTURES[0].length; at += buffer.length) {
    const part = PICTURES[0].subarray(at, at + buffer.length);
    buffer.set(part);
    splitter.push(buffer.subarray(0, part.length));
  }
  buffer.fill(0);
  t.deepEqual(pictures.map(Buffer.from), [PICTURES[0]]);
});

function split(
  chunks: readonly Uint8Array[],
  mostBytes = MOST,
): { pictures: Buffer[]; splitter: JpegSplitter } {
  const pictures: Buffer[] = [];
  const onPicture = (picture: Uint8Array) => pictures.push(Buffer.from(picture));
  const splitter = createJpegSplitter({ mostBytes, onPicture });
  for (const chunk of chunks) splitter.push(chunk);
  return { pictures, splitter };
}

/** Places where a stream is cut, as shares of its length. */
function cuts() {
  return fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
}

function cut(stream: Buffer, shares: readonly number[]): Buffer[] {
  const places = shares.map((share) => Math.floor(share * stream.length)).sort((a, b) => a - b);
  return [...places, stream.length].map((place, index) => stream.subarray(places[index - 1] ?? 0, place));
}

/** Bytes that hold no start mark, alone or with what may stand before or behind them. */
function garbage() {
  return fc
    .uint8Array({ maxLength: 20 })
    .map((random) => Buffer.from(random.map((byte) => (byte === 0xd8 ? 0xd7 : byte))));
}

function segment(code: fc.Arbitrary<number> = fc.constantFrom(0xc0, 0xc4, 0xdb, 0xdd, 0xe0, 0xe1, 0xfe)) {
  return fc
    .tuple(code, fc.uint8Array({ maxLength: 30 }), fc.nat(2))
    .map(([code, content, fill]) =>
      Buffer.concat([
        Buffer.alloc(1 + fill, 0xff),
        bytes(code, (content.length + 2) >> 8, (content.length + 2) & 0xff),
        content,
      ]),
    );
}

/** Entropy-coded data: an 0xff is followed by 0 or a restart mark. */
function scan() {
  return fc
    .array(
      fc.oneof(
        fc.nat(0xfe).map((byte) => [byte]),
        fc.constantFrom([0xff, 0], [0xff, 0xd0], [0xff, 0xff, 0xd7]),
      ),
      {
        maxLength: 30,
      },
    )
    .map((parts) => bytes(...parts.flat()));
}

function bytes(...values: number[]): Buffer {
  return Buffer.from(values);
}

function withSegment(picture: Buffer, code: number, content: Uint8Array): Buffer {
  const head = bytes(0xff, code, (content.length + 2) >> 8, (content.length + 2) & 0xff);
  return Buffer.concat([picture.subarray(0, 2), head, content, picture.subarray(2)]);
}

/** Not a picture any decoder would like, but one whose scan holds all that may stand in one. */
function withRestarts(picture: Buffer): Buffer {
  return Buffer.concat([
    picture.subarray(0, -2),
    bytes(0xff, 0xd0, 1, 0xff, 0, 2, 0xff, 0xff, 0xd7, 0xff, 0xd9),
  ]);
}
