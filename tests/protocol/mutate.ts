import fc from 'fast-check';

/** What JSON.parse gives. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const isNode = (value: Json) => typeof value === 'object' && value !== null;

/** Values at the edges of what schemas ask for; JSON.parse makes Infinity of 1e999. */
const EDGES: readonly Json[] = [
  ...[null, true, false, 0, -1, 0.5, 1, 2, 64, 65, 16_384, 16_385, 2 ** 53, 1e300, -1e300],
  Number.POSITIVE_INFINITY,
  ...['', 'x', 'door-1', 'DOOR 1', '-door', 'f'.repeat(32), 'f'.repeat(64), 'x'.repeat(65), 'x'.repeat(501)],
  ...[
    'capture',
    'face',
    'online',
    '1.2.3',
    '1.2.3 beta',
    '2026-03-01T12:30:00Z',
    'line\n',
    '\u{1F600}'.repeat(40),
  ],
  ...[[], {}, [{}], { x: 0, y: 0 }],
];
const NAMES = ['stranger', 'toString', '__proto__', 'site', 'face', 'reason', 'error', 'starting'];

const edge = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.jsonValue().map((value) => value as Json),
);
const step = fc.record({
  place: fc.nat(),
  action: fc.constantFrom('remove', 'replace', 'nudge', 'add', 'repeat'),
  value: edge,
  name: fc.oneof(fc.constantFrom(...NAMES), fc.string()),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/**
 * Copies of payloads, each mutated in up to three places: a value removed, replaced by one of an edge, changed
 * by little or repeated, a name added. Some are still good.
 */
export function mutated(payloads: readonly Json[]): fc.Arbitrary<Json> {
  return fc
    .tuple(fc.constantFrom(...payloads), fc.array(step, { minLength: 1, maxLength: 3 }))
    .map(([payload, steps]) => steps.reduce(change, payload));
}

/** Makes one change at the place of that number, counted through the whole payload. */
function change(payload: Json, { place, action, value, name }: Step): Json {
  const places = placesOf(payload);
  const path = places[place % places.length] ?? [];
  switch (action) {
    case 'remove':
      return edit(payload, path, () => []);
    case 'replace':
      return edit(payload, path, () => [value]);
    case 'nudge':
      return edit(payload, path, (old) => [nudged(old)]);
    case 'repeat':
      return edit(payload, path, (old) => [old, old]);
    default:
      return edit(payload, path, (old) => [
        isNode(old) && !Array.isArray(old) ? withField(old, name, value) : old,
      ]);
  }
}

function nudged(old: Json): Json {
  if (typeof old === 'number') return old + 1;
  if (typeof old === 'string') return `${old}a`;
  return typeof old === 'boolean' ? !old : old;
}

/** Paths of a payload and of all values in it. */
function placesOf(node: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof node !== 'object' || node === null) return [path];
  return [path, ...Object.entries(node).flatMap(([name, value]) => placesOf(value, [...path, name]))];
}

/** A copy in which the value at a path has become none, another or, in a list, several. */
function edit(node: Json, path: readonly string[], become: (old: Json) => Json[]): Json {
  const [name, ...rest] = path;
  if (name === undefined) return become(node)[0] ?? null;
  if (typeof node !== 'object' || node === null) return node;
  const next = (old: Json) => (rest.length === 0 ? become(old) : [edit(old, rest, become)]);
  if (Array.isArray(node)) return node.flatMap((old, index) => (String(index) === name ? next(old) : [old]));
  const fields = Object.entries(node).flatMap(([key, old]): [string, Json][] =>
    key === name ? next(old).map((value) => [key, value]) : [[key, old]],
  );
  // Unlike an assignment, this makes a field of its own even of "__proto__".
  return Object.fromEntries(fields);
}

function withField(node: { [name: string]: Json }, name: string, value: Json): Json {
  return Object.fromEntries([...Object.entries(node), [name, value]]);
}
