import { expected, InputError } from '@oneface/common/errors/errors';
import type { ByteReader } from './byte-reader.js';
import { type Construct, kindOf, PickledObject, PickleGlobal } from './pickle-values.js';

/** What a pickle may refer to. */
export interface PickleRules {
  /** The stand-in for a class or function; undefined refuses the file. */
  readonly globals: (module: string, name: string) => Construct | undefined;
  /** The value for a persistent id; without this, a file that has one is refused. */
  readonly persistent?: (id: unknown) => unknown;
}

/** No checkpoint comes near: a whole StyleGAN2 training state has some ten thousand. */
const MOST_OPCODES = 2 ** 19;

/** The stack, marks and memo of one pickle, with what its opcodes do to them. */
export class PickleMachine {
  readonly reader: ByteReader;
  readonly #rules: PickleRules;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #opcode = 'the start';
  #opcodes = 0;

  constructor(reader: ByteReader, rules: PickleRules) {
    this.reader = reader;
    this.#rules = rules;
  }

  /** Notes the opcode that runs next, for errors and to bound the work. */
  begin(opcode: string): void {
    this.#opcode = opcode;
    this.#opcodes += 1;
    if (this.#opcodes > MOST_OPCODES) throw this.refuse(`at most ${MOST_OPCODES} opcodes`, this.#opcodes);
  }

  /** The error for this opcode. */
  refuse(what: string, received: unknown): InputError {
    return expected(
      what,
      `${this.#opcode} near byte ${this.reader.position} of ${this.reader.subject}`,
      received,
    );
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.refuse('a value', 'an empty stack');
    return this.#stack.pop();
  }

  /** The topmost value, which stays. */
  top(): unknown {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** Takes everything above the last mark, lowest first, and the mark. */
  popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.refuse('a mark', 'none');
    return this.#stack.splice(mark);
  }

  /** Takes `count` values, lowest first. */
  popMany(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  memoize(index = this.#memo.size): void {
    if (!(index >= 0)) throw this.refuse('a memo index', index);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.refuse('the index of a memo', index);
    this.#stack.push(this.#memo.get(index));
  }

  /** Adds to the list on top of the stack. */
  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.refuse('a list', kindOf(list));
    for (const item of items) list.push(item);
  }

  /** Sets keys of the dict on top of the stack from key, value, key, value, ... */
  setItems(items: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw this.refuse('a dict', kindOf(dict));
    if (items.length % 2 !== 0) throw this.refuse('pairs of key and value', items.length);
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  /** Adds to the set on top of the stack. */
  addItems(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.refuse('a set', kindOf(set));
    for (const item of items) set.add(item);
  }

  pushGlobal(module: unknown, name: unknown): void {
    this.#stack.push(this.global(module, name));
  }

  /** Looks a class or function up in the allow list. */
  global(module: unknown, name: unknown): PickleGlobal {
    if (typeof module !== 'string') throw this.refuse('the name of a module', kindOf(module));
    if (typeof name !== 'string') throw this.refuse('the name of a class', kindOf(name));
    const construct = this.#rules.globals(module, name);
    if (construct !== undefined) return new PickleGlobal(module, name, construct);
    const printable = `${module}.${name}`.replace(/[^\w.<>-]/g, '?').slice(0, 120);
    throw new InputError(
      `Expected only tensors and plain containers for ${this.reader.subject} but received ` +
        `a call to ${printable} (${this.#opcode} near byte ${this.reader.position})`,
    );
  }

  /** Pushes what stands for `callable(*args)`. */
  call(callable: unknown, args: unknown): void {
    if (!(callable instanceof PickleGlobal))
      throw this.refuse('an allowed class or function', kindOf(callable));
    if (!Array.isArray(args)) throw this.refuse('a tuple of arguments', kindOf(args));
    this.#stack.push(callable.construct(args));
  }

  /** Gives the object on top of the stack its state. */
  build(state: unknown): void {
    const target = this.top();
    if (target instanceof PickledObject) target.state = state;
    // An ordered dict's extra attributes, such as a state dict's `_metadata`, are no part of its content.
    else if (!(target instanceof Map)) throw this.refuse('an object that takes a state', kindOf(target));
  }

  pushPersistent(id: unknown): void {
    if (this.#rules.persistent === undefined) throw this.refuse('no persistent id', 'one');
    this.#stack.push(this.#rules.persistent(id));
  }

  /** The one value that is left at the end. */
  result(): unknown {
    if (this.#stack.length !== 1 || this.#marks.length > 0) {
      throw this.refuse('one value at the end', `${this.#stack.length} and ${this.#marks.length} marks`);
    }
    return this.pop();
  }
}
