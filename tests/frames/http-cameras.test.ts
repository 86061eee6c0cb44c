import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { CameraError } from '@oneface/edge/frames/camera-error';
import test from 'ava';
import { createAuthority } from '../mqtt/support/certificates.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { httpCamera, httpsCamera, openSnapshot, openStream } from './support/http-cameras.js';
import { drawnJpeg } from './support/pictures.js';

const never = () => new AbortController().signal;
const jpeg = await drawnJpeg();

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
  await t.throwsAsync(openSnapshot(t, 'http://camera:99999/shot?token=hidden'), {
    instanceOf: InputError,
    message: 'Expected an http: or https: address for the camera.url but received "http://camera:99999/shot"',
  });
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
  t.teardown(() => rm(authority.folder, { recursive: true }));
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
