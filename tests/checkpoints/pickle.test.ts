import { readFileSync } from 'node:fs';
import { InputError, OnefaceError } from '@oneface/common/errors/errors';
import { unpickle } from '@oneface/trainer/checkpoints/pickle';
import type { PickleRules } from '@oneface/trainer/checkpoints/pickle-machine';
import { torchGlobals } from '@oneface/trainer/checkpoints/torch-globals';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { call, fixture, integer, pickled, text, tuple } from './support.js';

const plainValues: Record<string, string> = JSON.parse(readFileSync(fixture('plain-values.json'), 'utf8'));
const rules: PickleRules = { globals: torchGlobals('the file') };

function read(...parts: string[]): unknown {
  return unpickle(pickled(...parts), 'the file', rules).value;
}

function refused(t: ExecutionContext, parts: string[], message: RegExp): void {
  t.throws(() => read(...parts), { instanceOf: InputError, message }, parts.join(''));
}

for (const [protocol, base64] of Object.entries(plainValues)) {
  test(`plain containers pickled in protocol ${protocol} are read as Python wrote them`, (t) => {
    const bytes = Buffer.from(base64, 'base64');
    const { value, end } = unpickle(bytes, 'the file', rules);
    t.is(end, bytes.length);
    const dict = value as Map<string, unknown>;
    const plain = (key: string) => dict.get(key);
    t.is(plain('none'), null);
    t.is(plain('yes'), true);
    t.is(plain('no'), false);
    t.is(plain('small'), 7);
    t.is(plain('byte'), 200);
    t.is(plain('short'), 60000);
    t.is(plain('negative'), -70000);
    t.is(plain('long'), 2 ** 40);
    t.is(plain('huge'), 2n ** 80n);
    t.is(plain('hugely negative'), -(2n ** 80n));
    t.is(plain('float'), 1.5);
    t.is(plain('text'), 'naïve 😀\n\\');
    t.deepEqual([...(plain('bytes') as Uint8Array)], [...Array(256).keys()]);
    t.deepEqual(plain('list'), [1, [2, []]]);
    t.deepEqual(plain('tuple'), [1, [2, 3], [4, 5, 6], [7, 8, 9, 10], []]);
    t.deepEqual(
      [...(plain('dict') as Map<unknown, unknown>)],
      [
        [1, 'one'],
        [[2, 3], 'pair'],
      ],
    );
    t.deepEqual(plain('set'), new Set([1, 2]));
    t.deepEqual(plain('frozen'), new Set([3]));
    t.deepEqual(
      plain('ordered'),
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    const [first, second] = plain('twice') as unknown[];
    t.deepEqual(first, ['shared']);
    t.is(first, second);
  });
}

test('a pickle that calls os.system is refused and names the call', (t) => {
  const message =
    /^Expected only tensors and plain containers for the file but received a call to os\.system /;
  refused(t, [call('os', 'system', text('echo broken in'))], message);
  refused(t, [`(${text('echo broken in')}ios\nsystem\n`], message);
  refused(t, [`(cos\nsystem\n${text('echo broken in')}o`], message);
  refused(t, [`${text('os')}${text('system')}\x93${tuple(text('echo'))}R`], message);
  refused(t, [`cos\nsystem\n${tuple(text('echo'))}\x81`], message);
});

test('names that only look like allowed ones are refused', (t) => {
  refused(t, ['ctorch\n_utils._rebuild_tensor_v2\n'], /a call to torch\._utils\._rebuild_tensor_v2/);
  refused(t, ['ctorch._utils\n_rebuild_tensor_v2.__globals__\n'], /a call to/);
  refused(t, ['c__builtin__\neval\n'], /a call to __builtin__\.eval/);
  refused(t, ['cconstructor\nprototype\n'], /a call to constructor\.prototype/);
  refused(t, ['cos\x1b[2J\nsystem\n'], /a call to os\?\?2J\.system/);
});

test('only what stands in the allow list can be called', (t) => {
  refused(
    t,
    [`${text('os.system')})R`],
    /REDUCE .* an allowed class|an allowed class or function for REDUCE/,
  );
  refused(t, ['ctorch\nFloatStorage\n)R'], /a tensor/);
  refused(t, ['ccollections\nOrderedDict\nNR'], /a tuple of arguments for REDUCE/);
  refused(t, [')}b'], /an object that takes a state for BUILD/);
});

test('an opcode that no checkpoint needs is refused by name or number', (t) => {
  refused(t, ['\x82\x01'], /0x82/);
  refused(t, ['\x97'], /0x97/);
  refused(t, ['\xff'], /0xff/);
  refused(t, ['\x80\x06'], /a protocol up to 5 for PROTO/);
  refused(t, [`${text('id')}Q`], /no persistent id for BINPERSID/);
});

test('a stack, mark or memo that is misused is refused', (t) => {
  refused(t, ['0'], /a value for POP/);
  refused(t, ['(0'], /a value for POP/);
  refused(t, ['t'], /a mark for TUPLE/);
  refused(t, ['h\x07'], /the index of a memo for BINGET/);
  refused(t, ['Np-1\n'], /a memo index for PUT/);
  refused(t, ['NN'], /one value at the end/);
  refused(t, ['N('], /one value at the end/);
  refused(t, ['NNa'], /a list for APPEND/);
  refused(t, ['](NNe]u'], /a mark for SETITEMS/);
  refused(t, ['}(Nu'], /pairs of key and value for SETITEMS/);
  refused(t, ['](N\x90'], /a set for ADDITEMS/);
});

test('a length beyond the end is refused without reading', (t) => {
  refused(t, ['X\xff\xff\xff\x7f'], /bytes/);
  refused(t, ['\x8d\xff\xff\xff\xff\xff\xff\xff\xff'], /bytes/);
  refused(t, ['\x8e\xff\xff\xff\xff\xff\xff\xff\x7f'], /bytes/);
  refused(t, ['\x8b\xff\xff\xff\x7f'], /an integer of at most 256 bytes for LONG4/);
  refused(t, ['I12x\n'], /a decimal integer for INT/);
  refused(t, ['X\x02\0\0\0\xff\xfe'], /UTF-8/);
  refused(t, ['c os'], /a line of text/);
});

test('a list that holds itself, and nesting without end, end in an error that does not print them', (t) => {
  refused(
    t,
    [']q\0h\0a', call('torch._utils', '_rebuild_tensor_v2', 'h\0', 'h\0', 'h\0', 'h\0')],
    /a storage/,
  );
  const deep = `N${'\x85'.repeat(100_000)}`;
  refused(t, [call('torch', 'Size', deep), '\x85', '(', deep, 'Q'], /no persistent id/);
  refused(t, ['N'.repeat(2 ** 19)], /at most 524288 opcodes/);
});

test('several pickles in a row are read one by one', (t) => {
  const bytes = Buffer.concat([pickled(integer(1)), pickled(integer(2))]);
  const first = unpickle(bytes, 'the file', rules);
  t.is(first.value, 1);
  t.deepEqual(unpickle(bytes, 'the file', rules, first.end), { value: 2, end: bytes.length });
});

test('any bytes are read or refused with a typed error', (t) => {
  const examples = Object.values(plainValues).map((base64) => Buffer.from(base64, 'base64'));
  const damaged = fc
    .tuple(fc.constantFrom(...examples), fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 4 }))
    .map(([example, edits]) => {
      const bytes = new Uint8Array(example);
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      return bytes;
    });
  const property = fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
    try {
      unpickle(bytes, 'the file', { ...rules, persistent: (id) => id });
    } catch (error) {
      if (!(error instanceof OnefaceError)) throw error;
    }
  });
  t.notThrows(() => fc.assert(property, { numRuns: 5000 }));
});
