/** Makes the value that stands for `callable(*args)`. It must run nothing that the file names. */
export type Construct = (args: readonly unknown[]) => unknown;

/** A class or function of the allow list, as a value in the pickle. */
export class PickleGlobal {
  readonly module: string;
  readonly name: string;
  readonly construct: Construct;

  constructor(module: string, name: string, construct: Construct) {
    this.module = module;
    this.name = name;
    this.construct = construct;
  }
}

/** An object of an allowed class of which only the arguments and the state are kept. */
export class PickledObject {
  readonly args: readonly unknown[];
  state: unknown;

  constructor(args: readonly unknown[]) {
    this.args = args;
  }
}

/**
 * Says in a few words what a value from a pickle is. Such values may be huge, nested without end or hold
 * themselves, so an error must not print what they hold.
 */
export function kindOf(value: unknown): string | number | bigint | boolean | null | undefined {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (value instanceof Set) return `a set of ${value.size}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof PickleGlobal) return `the class ${value.name}`;
  if (value instanceof PickledObject) return 'an object';
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return value;
    default:
      return value === null ? value : 'an object';
  }
}
