import { InputError } from '@oneface/common/errors/errors';
import { completeSource } from '@oneface/edge/frames/complete-source';
import { FrameSourceOptions } from '@oneface/edge/frames/source-options';
import { Value } from '@sinclair/typebox/value';
import test from 'ava';

const absolute = (path: string) => `/etc/oneface/${path}`;

test('every kind of source is whole with its kind and what has no default', (t) => {
  for (const [kind, more] of [
    ['folder', { path: 'pictures' }],
    ['fswebcam', {}],
    ['node-webcam', {}],
    ['stream', {}],
    ['http-snapshot', { url: 'http://camera/snapshot.jpg' }],
    ['http-stream', { url: 'https://camera:8443/stream?size=vga' }],
  ] as const) {
    const options: unknown = Value.Default(FrameSourceOptions, { kind, ...more });
    t.true(Value.Check(FrameSourceOptions, options), kind);
    t.notThrows(() => completeSource(options as FrameSourceOptions, absolute));
    t.false(Value.Check(FrameSourceOptions, { ...(options as object), extra: 1 }), `${kind} is closed`);
  }
});

test('paths are made absolute', (t) => {
  t.like(completeSource({ kind: 'folder', path: 'a', repeat: true }, absolute), { path: '/etc/oneface/a' });
  const http = { kind: 'http-stream', url: 'https://camera/', stallSeconds: 20, username: 'door' } as const;
  t.deepEqual(completeSource({ ...http, password: { file: 'b' }, ca: 'c' }, absolute), {
    ...http,
    password: { file: '/etc/oneface/b' },
    ca: '/etc/oneface/c',
  });
  t.deepEqual(completeSource({ ...http, password: { env: 'B' } }, absolute), {
    ...http,
    password: { env: 'B' },
  });
  t.deepEqual(completeSource(http, absolute), http);
});

test('a device that its program cannot open, and a camera that cannot be asked, are refused before they are opened', (t) => {
  const size = { width: 64, height: 48, perSecond: 10, stallSeconds: 20 };
  const stream = { kind: 'stream', program: 'rpicam-vid', device: '/dev/video0', ...size } as const;
  t.throws(() => completeSource(stream, absolute), {
    instanceOf: InputError,
    message:
      'Expected the number of a camera, such as 0 for the camera of rpicam-vid but received "/dev/video0"',
  });
  const http = { kind: 'http-snapshot', url: 'http://[', deadlineSeconds: 10 } as const;
  t.throws(() => completeSource(http, absolute), { instanceOf: InputError });
  t.throws(() => completeSource({ ...http, url: 'http://a/', password: { env: 'B' } }, absolute), {
    instanceOf: InputError,
    message: /^Expected a user name beside the password for the camera\.username/,
  });
});
