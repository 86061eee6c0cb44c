import { ByteReader } from './byte-reader.js';
import { PickleMachine, type PickleRules } from './pickle-machine.js';
import { OPCODES } from './pickle-opcodes.js';

const STOP = '.'.charCodeAt(0);

/** A value read from a pickle, and the position after its last byte. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Reads one Python pickle (protocols 0 to 5) without running anything: classes and functions are only
 * names, looked up in an allow list of stand-ins.
 *
 * None becomes null, int a number (a bigint beyond 2^53), str a string, bytes a `Uint8Array` that views the
 * input, list and tuple an array, dict a `Map`, set a `Set`.
 *
 * @param bytes what holds the pickle
 * @param subject names the file in errors
 * @param rules what the pickle may refer to
 * @param start where the pickle begins
 * @throws InputError if the pickle is cut off, malformed, too long, or refers to anything else
 */
export function unpickle(bytes: Uint8Array, subject: string, rules: PickleRules, start = 0): Unpickled {
  const reader = new ByteReader(bytes, subject, start);
  const machine = new PickleMachine(reader, rules);
  for (;;) {
    const code = reader.u8();
    if (code === STOP) return { value: machine.result(), end: reader.position };
    const opcode = OPCODES.get(code);
    machine.begin(opcode?.name ?? `opcode 0x${code.toString(16)}`);
    if (opcode === undefined) throw machine.refuse('a known opcode', `0x${code.toString(16)}`);
    opcode.run(machine);
  }
}
