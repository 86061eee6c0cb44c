import { deflateRawSync } from 'node:zlib';
import { InputError } from '@oneface/common/errors/errors';
import { readGan } from '@oneface/trainer/checkpoints/import-gan';
import test, { type ExecutionContext } from 'ava';
import {
  call,
  dict,
  fixture,
  integer,
  persistentModule,
  pickled,
  temporaryFile,
  tensor,
  text,
  torchZip,
  tuple,
  zip,
} from './support.js';

/** A refusal must not cost more than this, whatever the file claims. Tests run one by one to measure it. */
const MOST_MEMORY_KIB = 64 * 1024;
const MOST_MILLISECONDS = 5000;

async function refused(t: ExecutionContext, bytes: Uint8Array, message: RegExp): Promise<void> {
  const file = await temporaryFile(t, bytes);
  const memory = process.resourceUsage().maxRSS;
  const start = performance.now();
  const error = await t.throwsAsync(readGan(file), { instanceOf: InputError });
  t.true(performance.now() - start < MOST_MILLISECONDS);
  t.true(process.resourceUsage().maxRSS - memory < MOST_MEMORY_KIB);
  t.regex(error.message, message);
  t.true(error.message.includes(file), error.message);
}

function legacyFile(object: Uint8Array, keys: string, values: Uint8Array): Uint8Array {
  const magic = pickled(integer(0x1950a86a20f9469cfc6cn));
  const system = pickled(dict({ protocol_version: integer(1001), little_endian: '\x88', type_sizes: '}' }));
  return Buffer.concat([magic, pickled(integer(1001)), system, object, pickled(keys), values]);
}

const attack = call('os', 'system', text('touch /tmp/oneface-was-here'));
const named = /Expected only tensors and plain containers for .* but received a call to os\.system/;

test.serial('a call to os.system is refused in every container', async (t) => {
  await refused(t, torchZip(pickled(attack)), named);
  await refused(t, torchZip(pickled(dict({ g_ema: dict({ 'style.1.weight': attack }) }))), named);
  await refused(t, pickled(attack), named);
  await refused(t, legacyFile(pickled(attack), ']', Buffer.alloc(0)), named);
});

test.serial('a call to os.system inside the bytes of a tensor is refused', async (t) => {
  const inner = legacyFile(pickled(attack), ']', Buffer.alloc(0));
  const bytes = `T${Buffer.from(Uint32Array.of(inner.length).buffer).toString('latin1')}${Buffer.from(inner).toString('latin1')}`;
  const encoded = call('_codecs', 'encode', text(Buffer.from(inner).toString('latin1')), text('latin1'));
  await refused(t, pickled(call('torch.storage', '_load_from_bytes', encoded)), named);
  await refused(t, pickled(call('torch.storage', '_load_from_bytes', bytes)), /bytes for a storage/);
});

test("the source code in NVIDIA's layout is data and never runs", async (t) => {
  await refused(t, pickled(dict({ G_ema: persistentModule({}) })), /a module for G_ema\.mapping/);
});

test.serial('a generator that takes labels is refused', async (t) => {
  const mapping = persistentModule({ embed: persistentModule({}) });
  const network = persistentModule({ mapping, synthesis: persistentModule({}) });
  await refused(t, pickled(dict({ G_ema: network })), /a generator without labels/);
});

test.serial('a checkpoint of another network is refused and its keys are shown', async (t) => {
  const file = fixture('resnet.pth');
  const error = await t.throwsAsync(readGan(file), { instanceOf: InputError });
  t.is(
    error.message,
    `Expected a StyleGAN2 generator (g_ema, g or G_ema) for ${file} but received "a dict with conv1.weight,bn1.weight,fc.weight"`,
  );
  await refused(t, torchZip(pickled(dict({ g_ema: '}' }))), /the mapping network and synthesis of StyleGAN2/);
  await refused(t, torchZip(pickled(dict({ g_ema: dict({ a: 'N' }) }))), /a tensor for a in/);
  await refused(t, torchZip(pickled(integer(1))), /a StyleGAN2 generator/);
});

test.serial('a file of another kind is refused', async (t) => {
  await refused(t, Buffer.alloc(0), /a checkpoint of torch\.save or a pickle .* nothing/);
  await refused(t, Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /a file that starts with 89504e47/);
  await refused(t, zip([{ name: 'a/b.txt', bytes: Buffer.from('text') }]), /data\.pkl/);
  await refused(t, zip([]), /whole zip file|a checkpoint of torch\.save/);
  const missing = await t.throwsAsync(readGan('no-such-file.pt'), { instanceOf: InputError });
  t.regex(missing.message, /Expected a file that can be read for no-such-file\.pt/);
});

test.serial('a tensor that claims 2^60 values is refused', async (t) => {
  const huge = (length: number | bigint, shape: (number | bigint)[], strides: number[]) =>
    torchZip(pickled(dict({ g_ema: dict({ a: tensor('0', length, shape, strides) }) })), {
      0: Buffer.alloc(4),
    });
  await refused(t, huge(1, [2n ** 60n], [1]), /a shape of whole numbers/);
  await refused(t, huge(1, [2 ** 30, 2 ** 30], [0, 0]), /less than 2\^53 values/);
  await refused(t, huge(2n ** 60n, [1], [1]), /a length for storage 0/);
  await refused(t, huge(2 ** 50, [2 ** 50], [1]), /the mapping network/);
});

test.serial('one value that is stretched to fill a huge generator is refused', async (t) => {
  const size = 2 ** 15;
  const stretched = (shape: number[]) =>
    tensor(
      '0',
      1,
      shape,
      shape.map(() => 0),
    );
  const tensors: Record<string, string> = {
    'style.1.weight': stretched([size, size]),
    'style.1.bias': stretched([size]),
    'conv1.conv.weight': stretched([1, 1, 1, 3, 3]),
    'convs.0.conv.weight': stretched([1, 1, 1, 3, 3]),
  };
  for (const layer of ['conv1', 'convs.0', 'convs.1', 'to_rgb1', 'to_rgbs.0']) {
    tensors[`${layer}.conv.weight`] = stretched(
      layer.startsWith('to_rgb') ? [1, 3, 1, 1, 1] : [1, 1, 1, 3, 3],
    );
    tensors[`${layer}.conv.modulation.weight`] = stretched([1, size]);
    tensors[`${layer}.conv.modulation.bias`] = stretched([1]);
    tensors[`${layer}.noise.weight`] = stretched([1]);
    tensors[`${layer}.activate.bias`] = stretched([1]);
  }
  for (const layer of ['to_rgb1', 'to_rgbs.0']) {
    tensors[`${layer}.bias`] = stretched([1, 3, 1, 1]);
    delete tensors[`${layer}.noise.weight`];
    delete tensors[`${layer}.activate.bias`];
  }
  tensors['input.input'] = stretched([1, 1, 4, 4]);
  const bytes = torchZip(pickled(dict({ g_ema: dict(tensors) })), { 0: Buffer.alloc(4) });
  await refused(t, bytes, /at most 268435456 values/);
});

test.serial('a zip that claims more than it holds, compresses or hides entries is refused', async (t) => {
  const pickle = pickled('}');
  const bomb = deflateRawSync(Buffer.alloc(64 * 2 ** 20));
  const archive = (entry: object) => zip([{ name: 'archive/data.pkl', bytes: pickle, ...entry }]);
  await refused(t, archive({ bytes: bomb, method: 8, claimedSize: 64 * 2 ** 20 }), /an uncompressed entry/);
  await refused(t, archive({ claimedSize: 2 ** 32 - 2 }), /whole zip file/);
  await refused(t, archive({ name: 'archive/../data.pkl' }), /whole zip file/);
  const twice = { name: 'archive/data.pkl', bytes: pickle };
  const longNote = { name: 'archive/byteorder', bytes: Buffer.alloc(65) };
  await refused(t, zip([twice, longNote]), /at most 64 bytes for archive\/byteorder/);
  await refused(t, zip([twice, twice]), /each entry once/);
  await refused(t, zip([twice, { name: 'other/data/0', bytes: pickle }]), /one folder/);
  await refused(t, zip([twice, { name: 'archive/byteorder', bytes: Buffer.from('big') }]), /little-endian/);
});

test.serial('a zip whose directory is said to stand beyond any file is refused', async (t) => {
  const whole = zip([{ name: 'archive/data.pkl', bytes: pickled('}') }]);
  const end = whole.length - 22;
  const locator = Buffer.concat([
    Buffer.from('PK\x06\x07'),
    Buffer.alloc(4),
    Buffer.alloc(8, 0x7f),
    Buffer.alloc(4),
  ]);
  const bytes = Buffer.concat([whole.subarray(0, end), locator, whole.subarray(end)]);
  await refused(t, bytes, /a position up to \d+/);
});

test.serial('a legacy file whose storages do not fit its tensors is refused', async (t) => {
  const object = pickled(dict({ g_ema: dict({ a: tensor('7', 2, [2], [1]) }) }));
  const count = (length: bigint, values: number) =>
    Buffer.concat([Buffer.from(BigInt64Array.of(length).buffer), Buffer.alloc(values)]);
  const key = `](${text('7')}e`;
  await refused(t, legacyFile(object, key, count(2n, 8)), /the mapping network/);
  await refused(t, legacyFile(object, key, count(2n, 7)), /8 bytes/);
  await refused(t, legacyFile(object, key, count(2n ** 60n, 8)), /2 values for storage 7/);
  await refused(t, legacyFile(object, ']', count(2n, 8)), /the values of every storage/);
  await refused(t, legacyFile(object, `](${text('8')}e`, count(2n, 8)), /a key of a storage/);
  await refused(t, legacyFile(object, 'N', count(2n, 8)), /a list of keys/);
  const bigEndian = pickled(dict({ little_endian: '\x89' }));
  const magic = pickled(integer(0x1950a86a20f9469cfc6cn));
  await refused(t, Buffer.concat([magic, pickled(integer(1001)), bigEndian]), /little-endian/);
  await refused(t, Buffer.concat([magic, pickled(integer(1002))]), /version 1001/);
  await refused(t, Buffer.concat([magic, pickled(tuple(']q\0h\0a'))]), /version 1001/);
});
