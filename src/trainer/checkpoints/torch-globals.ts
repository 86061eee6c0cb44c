import { expected } from '@oneface/common/errors/errors';
import { type Construct, kindOf, PickledObject } from './pickle-values.js';
import { isStorageClass } from './torch-storage.js';
import { rebuildTensor } from './torch-tensor.js';

/** One object of NVIDIA's `torch_utils.persistence`: its meta dict is data, its source code is never read. */
export class PersistentObject extends PickledObject {}

/** An object that a checkpoint may hold and that nothing here reads, such as the training's settings. */
const inert: Construct = (args) => new PickledObject(args);
const emptyDict: Construct = () => new Map();

/**
 * The classes and functions that a checkpoint may refer to, as "module name". The lists of the published
 * codes: torch's serialization, rosinality's training script, NVIDIA's snapshot of networks.
 *
 * @param subject names the file in errors
 * @param loadFromBytes reads torch's legacy container inside the pickle; without it such a thing is refused
 */
export function torchGlobals(
  subject: string,
  loadFromBytes?: (bytes: Uint8Array) => unknown,
): (module: string, name: string) => Construct | undefined {
  const table = new Map<string, Construct>([
    ['torch._utils _rebuild_tensor_v2', (args) => rebuildTensor(args, subject)],
    ['torch._utils _rebuild_parameter', ([data]) => data],
    ['torch._utils _rebuild_parameter_with_state', ([data]) => data],
    ['torch Size', ([sizes]) => sizes],
    ['torch device', inert],
    ['collections OrderedDict', ([pairs]) => dict(pairs, subject)],
    ['collections defaultdict', emptyDict],
    ['dnnlib.util EasyDict', emptyDict],
    ['argparse Namespace', inert],
    ['_codecs encode', (args) => encodeLatin1(args, subject)],
    ['torch_utils.persistence _reconstruct_persistent_obj', (args) => new PersistentObject(args)],
  ]);
  for (const module of ['builtins', '__builtin__']) {
    table.set(`${module} set`, ([items]) => set(items, subject));
    table.set(`${module} frozenset`, ([items]) => set(items, subject));
    table.set(`${module} dict`, emptyDict);
  }
  for (const module of ['numpy.core.multiarray', 'numpy._core.multiarray']) {
    table.set(`${module} scalar`, inert);
    table.set(`${module} _reconstruct`, inert);
  }
  table.set('numpy dtype', inert);
  table.set('numpy ndarray', inert);
  if (loadFromBytes !== undefined) {
    table.set('torch.storage _load_from_bytes', ([bytes]) => {
      if (!(bytes instanceof Uint8Array)) throw expected('bytes', `a storage of ${subject}`, kindOf(bytes));
      return loadFromBytes(bytes);
    });
  }
  return (module, name) => table.get(`${module} ${name}`) ?? classOnly(module, name, subject);
}

/** Classes and constants of torch that are named in a checkpoint but never called. */
function classOnly(module: string, name: string, subject: string): Construct | undefined {
  const isType = /^(float|double|half|bfloat|int|uint|bool|long)\d*$/.test(name);
  if (module !== 'torch' || !(isType || isStorageClass(name))) return undefined;
  return () => {
    throw expected('a tensor', subject, `a call to ${module}.${name}`);
  };
}

function dict(pairs: unknown, subject: string): Map<unknown, unknown> {
  if (pairs === undefined) return new Map();
  const isPairs = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!isPairs) throw expected('pairs', `an ordered dict of ${subject}`, kindOf(pairs));
  return new Map(pairs);
}

function set(items: unknown, subject: string): Set<unknown> {
  if (items !== undefined && !Array.isArray(items))
    throw expected('a list', `a set of ${subject}`, kindOf(items));
  return new Set(items);
}

/** How protocols 0 to 2 write bytes: a text of characters 0 to 255. */
function encodeLatin1([text, encoding]: readonly unknown[], subject: string): Uint8Array {
  if (typeof text !== 'string' || encoding !== 'latin1') {
    throw expected('a text in latin1', `the bytes of ${subject}`, kindOf(encoding));
  }
  return Buffer.from(text, 'latin1');
}
