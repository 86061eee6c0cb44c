import type { RequestListener, ServerResponse } from 'node:http';
import { MOST_FRAME_BYTES } from '@oneface/common/images/picture-bytes';
import { CameraError } from '@oneface/edge/frames/camera-error';
import { openFrameSource } from '@oneface/edge/frames/open-frame-source';
import test from 'ava';
import sharp from 'sharp';
import { testFrameSource } from './contract.js';
import { httpCamera, openSnapshot, openStream, streamOf, type Teardown } from './support/http-cameras.js';
import { drawnJpeg } from './support/pictures.js';
import { until } from './support/processes.js';
import { noSleep, shortSleep, sourceDeps } from './support/source-deps.js';

const never = () => new AbortController().signal;
const jpeg = await drawnJpeg();
const png = await sharp(jpeg).png().toBuffer();

const ends: (() => void)[] = [];
const wholeFile: Teardown = { teardown: (end) => void ends.push(end) };

const giveJpeg: RequestListener = (_, response) => response.end(jpeg);
const streamJpeg = streamOf(['--frame\r\nContent-Type: image/jpeg\r\n\r\n', jpeg, '\r\n']);
const snapshotUrl = await httpCamera(wholeFile, giveJpeg);
const streamUrl = await httpCamera(wholeFile, streamJpeg);
test.after.always(() => {
  for (const end of ends) end();
});
testFrameSource('an HTTP snapshot', {
  open: (now) =>
    openFrameSource(
      { kind: 'http-snapshot', url: snapshotUrl, deadlineSeconds: 60 },
      sourceDeps({ clock: { now, monotonic: now } }),
    ),
  frames: undefined,
  leftFiles: async () => [],
  openFailing: async () => {
    const { url, mend } = await failingCamera(giveJpeg);
    return { opened: await openSnapshot(wholeFile, url, {}, { sleep: shortSleep }), mend };
  },
});
testFrameSource('an HTTP stream', {
  open: (now) =>
    openFrameSource(
      { kind: 'http-stream', url: streamUrl, stallSeconds: 60 },
      sourceDeps({ clock: { now, monotonic: () => performance.now() } }),
    ),
  frames: undefined,
  leftFiles: async () => [],
  openFailing: async () => {
    const { url, mend } = await failingCamera(streamJpeg);
    return { opened: await openStream(wholeFile, url, {}, { sleep: shortSleep }), mend };
  },
});

for (const [title, answer, picture] of [
  ['with a length', (response) => response.setHeader('content-length', jpeg.length).end(jpeg), jpeg],
  [
    'in pieces',
    (response) => {
      response.write(jpeg.subarray(0, 99));
      response.end(jpeg.subarray(99));
    },
    jpeg,
  ],
  [
    'up to the end of the connection',
    (response) => {
      response.removeHeader('transfer-encoding');
      response.end(jpeg);
    },
    jpeg,
  ],
  ['as PNG under a false type', (response) => response.setHeader('content-type', 'text/html').end(png), png],
] as [string, (response: ServerResponse) => unknown, Buffer][]) {
  test(`a snapshot that comes ${title} is a frame`, async (t) => {
    const source = await openSnapshot(t, await httpCamera(t, (_, response) => void answer(response)));
    const frame = await source.next(never());
    t.deepEqual(Buffer.from(frame?.bytes ?? []), picture);
  });
}

for (const [title, answer, trouble, message] of [
  [
    'a page',
    (response) => response.setHeader('content-type', 'text/html').end('<html>'),
    'no-frame',
    /no whole picture but 6 bytes \(text\/html\)$/,
  ],
  [
    'a picture that is cut off',
    (response) => response.end(jpeg.subarray(0, -2)),
    'no-frame',
    /no whole picture but \d+ bytes \(no type\)$/,
  ],
  ['nothing', (response) => response.end(), 'no-frame', /no whole picture but 0 bytes/],
  [
    'half of what it promised',
    (response) => {
      response.setHeader('content-length', 9999).write(jpeg);
      setTimeout(() => response.destroy(), 50);
    },
    'no-frame',
    /broke off in the middle of a picture$/,
  ],
  ['status 401', (response) => response.writeHead(401).end(), 'no-device', /answered with status 401$/],
  ['status 404', (response) => response.writeHead(404).end(jpeg), 'no-device', /answered with status 404$/],
  ['status 204', (response) => response.writeHead(204).end(), 'no-device', /answered with status 204$/],
  [
    'a broken connection',
    (response) => response.destroy(),
    'no-device',
    /cannot be reached: socket hang up$/,
  ],
] as [string, (response: ServerResponse) => unknown, string, RegExp][]) {
  test(`a camera that answers with ${title} is an error, and is asked again`, async (t) => {
    const source = await openSnapshot(t, await httpCamera(t, (_, response) => void answer(response)));
    for (let i = 0; i < 2; i++) {
      const error = await t.throwsAsync(source.next(never()), { instanceOf: CameraError, message });
      t.is(`${error.trouble}`, trouble);
    }
    t.is(source.counts.restarts, 1);
  });
}

test('a camera that never stops sending one picture is cut off at the cap', async (t) => {
  let sent = 0;
  const url = await httpCamera(t, (_, response) => {
    const chunk = Buffer.alloc(4 * 1024 * 1024);
    const more = () => {
      sent += chunk.length;
      response.write(chunk, (error) => error ?? more());
    };
    more();
  });
  await t.throwsAsync((await openSnapshot(t, url)).next(never()), {
    instanceOf: CameraError,
    message: /sent more than 67108864 bytes for one picture$/,
  });
  t.true(sent < 2 * MOST_FRAME_BYTES);
});

for (const [title, answer] of [
  ['says nothing', () => undefined],
  ['stops in the middle of a picture', (response) => response.write(jpeg.subarray(0, 99))],
] as [string, (response: ServerResponse) => unknown][]) {
  test(`a camera that ${title} is given up at the deadline`, async (t) => {
    const url = await httpCamera(t, (_, response) => void answer(response));
    const source = await openSnapshot(t, url, { deadlineSeconds: 0.5 });
    const error = await t.throwsAsync(source.next(never()), { instanceOf: CameraError });
    t.is(error.message, `${url}/ gave no picture within 0.5 s`);
    t.is(error.trouble, 'no-frame');
  });
}

for (const [title, parts] of [
  [
    'as the standard has it',
    ['--b\r\nContent-Type: image/jpeg\r\nContent-Length: ', `${jpeg.length}`, '\r\n\r\n', jpeg, '\r\n'],
  ],
  ['without lengths and types', ['--b\r\n\r\n', jpeg, '\r\n']],
  ['with bare line feeds and a boundary of its own', ['----other--\nX: y\n\n', jpeg]],
  ['with false lengths', ['--b\r\nContent-Length: 3\r\n\r\n', jpeg, '\r\n']],
  ['without anything between pictures', [jpeg]],
] as [string, (string | Buffer)[]][]) {
  test(`pictures that come ${title} are frames`, async (t) => {
    const source = await openStream(t, await httpCamera(t, streamOf(parts)));
    for (let i = 0; i < 3; i++) {
      t.deepEqual(Buffer.from((await source.next(never()))?.bytes ?? []), jpeg);
    }
  });
}

test('a stream that ends, breaks off or stalls is opened again', async (t) => {
  const { pauses, sleep } = noSleep();
  let visits = 0;
  const url = await httpCamera(t, (_, response) => {
    visits += 1;
    response.write(jpeg);
    if (visits === 1) response.end();
    else if (visits === 2) setTimeout(() => response.destroy(), 50);
  });
  const source = await openStream(t, url, { stallSeconds: 1 }, { sleep, random: () => 1 });
  const reasons: string[] = [];
  while (reasons.length < 3) {
    try {
      await source.next(never());
    } catch (error) {
      reasons.push((error as Error).message.replace(url, ''));
    }
  }
  t.deepEqual(reasons, ['/ ended its stream', '/ broke off', '/ gave no frame for 1 s']);
  await until(() => source.counts.restarts >= 3);
  t.deepEqual(pauses.slice(0, 3), [3000, 9000, 27_000]);
});

/** A camera that is out of order until it is mended. */
async function failingCamera(answer: RequestListener) {
  let isMended = false;
  const url = await httpCamera(wholeFile, (request, response) => {
    if (isMended) answer(request, response);
    else response.writeHead(503).end();
  });
  const mend = () => {
    isMended = true;
  };
  return { url, mend };
}
