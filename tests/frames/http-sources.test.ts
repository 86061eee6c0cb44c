import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { MOST_FRAME_BYTES } from '@oneface/common/images/picture-bytes';
import { CameraError } from '@oneface/edge/frames/camera-error';
import { openFrameSource } from '@oneface/edge/frames/open-frame-source';
import type { HttpSnapshotSourceOptions, HttpStreamSourceOptions } from '@oneface/edge/frames/source-options';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { createAuthority } from '../mqtt/support/certificates.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testFrameSource } from './contract.js';
import { httpCamera, httpsCamera } from './support/http-cameras.js';
import { drawnJpeg } from './support/pictures.js';
import { until } from './support/processes.js';
import { noSleep, sourceDeps } from './support/source-deps.js';

const never = () => new AbortController().signal;
const jpeg = await drawnJpeg();
const png = await sharp(jpeg).png().toBuffer();

type SnapshotChanges = Partial<HttpSnapshotSourceOptions>;
type StreamChanges = Partial<HttpStreamSourceOptions>;
type Deps = Parameters<typeof sourceDeps>[0];

async function openSnapshot(t: Teardown, url: string, changes: SnapshotChanges = {}, deps: Deps = {}) {
  const options = { kind: 'http-snapshot', url, deadlineSeconds: 60, ...changes } as const;
  const source = await openFrameSource(options, sourceDeps({ sleep: noSleep().sleep, ...deps }));
  t.teardown(() => source.close());
  return source;
}

async function openStream(t: Teardown, url: string, changes: StreamChanges = {}, deps: Deps = {}) {
  const options = { kind: 'http-stream', url, stallSeconds: 60, ...changes } as const;
  const source = await openFrameSource(options, sourceDeps({ sleep: noSleep().sleep, ...deps }));
  t.teardown(() => source.close());
  return source;
}

type Teardown = Pick<ExecutionContext, 'teardown'>;
const ends: (() => void)[] = [];
const wholeFile: Teardown = { teardown: (end) => void ends.push(end) };

const snapshotUrl = await httpCamera(wholeFile, (_, response) => response.end(jpeg));
const streamUrl = await httpCamera(
  wholeFile,
  streamOf(['--frame\r\nContent-Type: image/jpeg\r\n\r\n', jpeg, '\r\n']),
);
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
});
testFrameSource('an HTTP stream', {
  open: (now) =>
    openFrameSource(
      { kind: 'http-stream', url: streamUrl, stallSeconds: 60 },
      sourceDeps({ clock: { now, monotonic: () => performance.now() } }),
    ),
  frames: undefined,
  leftFiles: async () => [],
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

test('a camera that cannot be reached is no device', async (t) => {
  const ended: (() => void)[] = [];
  const url = await httpCamera({ teardown: (end) => void ended.push(end) }, () => undefined);
  for (const end of ended) end();
  for (const source of [await openSnapshot(t, url), await openStream(t, url)]) {
    const error = await t.throwsAsync(source.next(never()), { instanceOf: CameraError });
    t.is(error.trouble, 'no-device');
    t.regex(error.message, /cannot be reached: connect ECONNREFUSED/);
  }
});

test('name and password come from a secret file or the environment, and never show', async (t) => {
  const seen: (string | undefined)[] = [];
  const url = await httpCamera(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end('no picture');
  });
  const file = join(await temporaryFolder(t), 'secret');
  await writeFile(file, 'pässword:1\n');
  const fromFile = await openSnapshot(t, `${url}/shot?token=hidden`, {
    username: 'door',
    password: { file },
  });
  const error = await t.throwsAsync(fromFile.next(never()), { instanceOf: CameraError });
  const env = { CAMERA_PASSWORD: 'other' };
  const fromEnv = await openSnapshot(
    t,
    url,
    { username: 'door', password: { env: 'CAMERA_PASSWORD' } },
    { env },
  );
  await t.throwsAsync(fromEnv.next(never()));
  t.deepEqual(seen, [`Basic ${encoded('door:pässword:1')}`, `Basic ${encoded('door:other')}`]);
  t.false(/pässword|hidden/.test(`${error.message} ${fromFile.name}`));

  await t.throwsAsync(openSnapshot(t, url, { username: 'door', password: { env: 'ABSENT' } }), {
    instanceOf: InputError,
  });
  await t.throwsAsync(openSnapshot(t, url, { password: { file } }), { instanceOf: InputError });
});

test('a camera is followed to another path of its own, but to no other server', async (t) => {
  const visits: string[] = [];
  const elsewhere = await httpCamera(t, (request, response) => {
    visits.push(`elsewhere ${request.headers.authorization}`);
    response.end(jpeg);
  });
  const url = await httpCamera(t, (request, response) => {
    visits.push(`${request.url}`);
    if (request.url === '/picture') return void response.end(jpeg);
    const targets: Record<string, string> = {
      '/own': '/picture',
      '/circle': '/circle',
      '/else': elsewhere,
      '/bad': 'http://[',
    };
    response.writeHead(302, { location: targets[request.url ?? ''] }).end();
  });
  const name = { username: 'door' };
  t.not(await (await openSnapshot(t, `${url}/own`, name)).next(never()), undefined);
  await t.throwsAsync((await openSnapshot(t, `${url}/circle`, name)).next(never()), {
    message: /round in circles$/,
  });
  for (const path of ['/else', '/bad']) {
    await t.throwsAsync((await openSnapshot(t, url + path, name)).next(never()), {
      message: /sends its visitors elsewhere/,
    });
  }
  t.deepEqual(visits, ['/own', '/picture', '/circle', '/circle', '/circle', '/circle', '/else', '/bad']);
});

test('a camera with TLS must be vouched for', async (t) => {
  const authority = await createAuthority();
  const { cert, key } = await authority.issue('localhost');
  const tls = { cert: await readFile(cert), key: await readFile(key) };
  const url = await httpsCamera(t, tls, (_, response) => response.end(jpeg));
  t.not(await (await openSnapshot(t, url, { ca: authority.ca })).next(never()), undefined);
  const error = await t.throwsAsync((await openSnapshot(t, url)).next(never()), { instanceOf: CameraError });
  t.regex(error.message, /cannot be reached: .*certificate/);
  await t.throwsAsync(openSnapshot(t, url, { ca: key }), {
    instanceOf: InputError,
    message: /^Expected certificates \(PEM\)/,
  });
  await t.throwsAsync(openSnapshot(t, url, { ca: '/nowhere' }), { instanceOf: InputError });
});

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

test('a server that speaks no HTTP is an error', async (t) => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const source = await openStream(t, `http://127.0.0.1:${port}`);
  await t.throwsAsync(source.next(never()), {
    instanceOf: CameraError,
    message: /cannot be reached: Parse Error/,
  });
});

for (const url of [
  'ftp://camera/',
  'http://',
  'http://door:secret@camera/',
  'http://camera/#x',
  'http://a b/',
  'http://[',
  'camera',
  'file:///etc/passwd',
]) {
  test(`the address ${url} is refused`, async (t) => {
    for (const open of [openSnapshot, openStream]) {
      await t.throwsAsync(open(t, url), { instanceOf: InputError, message: /^Expected (http|an http)/ });
    }
  });
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A camera that sends these parts again and again, 50 times a second. */
function streamOf(parts: readonly (string | Buffer)[]): RequestListener {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=b' });
    const picture = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const timer = setInterval(() => response.write(picture), 20);
    response.once('close', () => clearInterval(timer));
  };
}
