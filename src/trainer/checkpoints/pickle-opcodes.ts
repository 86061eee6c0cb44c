import type { PickleMachine } from './pickle-machine.js';

/** What one opcode does. */
export interface Opcode {
  /** its name in Python's pickletools */
  readonly name: string;
  readonly run: (machine: PickleMachine) => void;
}

const NEWEST_PROTOCOL = 5;
/** Python integers may have any size; the longest in a checkpoint is torch's magic number of 10 bytes. */
const LONGEST_INTEGER = 256;

/**
 * The opcodes of protocols 0 to 5, after Python's Lib/pickletools.py. Missing are those that no checkpoint
 * needs: EXT1, EXT2 and EXT4 (a registry of the program's own) and NEXT_BUFFER (data outside the stream).
 * STOP ends the loop and is not here either.
 */
export const OPCODES: ReadonlyMap<number, Opcode> = new Map([
  opcode('(', 'MARK', (m) => m.mark()),
  opcode('0', 'POP', (m) => m.pop()),
  opcode('1', 'POP_MARK', (m) => m.popToMark()),
  opcode('2', 'DUP', (m) => m.push(m.top())),
  opcode('\x80', 'PROTO', checkProtocol),
  opcode('\x95', 'FRAME', checkFrame),

  opcode('N', 'NONE', (m) => m.push(null)),
  opcode('\x88', 'NEWTRUE', (m) => m.push(true)),
  opcode('\x89', 'NEWFALSE', (m) => m.push(false)),
  opcode('I', 'INT', (m) => m.push(integerOrBoolean(m, m.reader.line()))),
  opcode('L', 'LONG', (m) => m.push(integer(m, m.reader.line().replace(/L$/, '')))),
  opcode('J', 'BININT', (m) => m.push(m.reader.i32())),
  opcode('K', 'BININT1', (m) => m.push(m.reader.u8())),
  opcode('M', 'BININT2', (m) => m.push(m.reader.u16())),
  opcode('\x8a', 'LONG1', (m) => m.push(binaryInteger(m, m.reader.u8()))),
  opcode('\x8b', 'LONG4', (m) => m.push(binaryInteger(m, m.reader.u32()))),
  opcode('F', 'FLOAT', (m) => m.push(Number(m.reader.line()))),
  opcode('G', 'BINFLOAT', (m) => m.push(m.reader.f64BigEndian())),

  opcode('S', 'STRING', (m) => m.push(unquote(m, m.reader.line()))),
  opcode('T', 'BINSTRING', (m) => m.push(m.reader.latin1(m.reader.u32()))),
  opcode('U', 'SHORT_BINSTRING', (m) => m.push(m.reader.latin1(m.reader.u8()))),
  opcode('V', 'UNICODE', (m) => m.push(unescapeUnicode(m, m.reader.line()))),
  opcode('X', 'BINUNICODE', (m) => m.push(m.reader.text(m.reader.u32()))),
  opcode('\x8c', 'SHORT_BINUNICODE', (m) => m.push(m.reader.text(m.reader.u8()))),
  opcode('\x8d', 'BINUNICODE8', (m) => m.push(m.reader.text(m.reader.u64()))),
  opcode('B', 'BINBYTES', (m) => m.push(m.reader.take(m.reader.u32()))),
  opcode('C', 'SHORT_BINBYTES', (m) => m.push(m.reader.take(m.reader.u8()))),
  opcode('\x8e', 'BINBYTES8', (m) => m.push(m.reader.take(m.reader.u64()))),
  opcode('\x96', 'BYTEARRAY8', (m) => m.push(m.reader.take(m.reader.u64()))),
  opcode('\x98', 'READONLY_BUFFER', (m) => m.top()),

  opcode(']', 'EMPTY_LIST', (m) => m.push([])),
  opcode('l', 'LIST', (m) => m.push(m.popToMark())),
  opcode('a', 'APPEND', (m) => m.append([m.pop()])),
  opcode('e', 'APPENDS', (m) => m.append(m.popToMark())),
  opcode(')', 'EMPTY_TUPLE', (m) => m.push([])),
  opcode('t', 'TUPLE', (m) => m.push(m.popToMark())),
  opcode('\x85', 'TUPLE1', (m) => m.push(m.popMany(1))),
  opcode('\x86', 'TUPLE2', (m) => m.push(m.popMany(2))),
  opcode('\x87', 'TUPLE3', (m) => m.push(m.popMany(3))),
  opcode('}', 'EMPTY_DICT', (m) => m.push(new Map())),
  opcode('d', 'DICT', pushDict),
  opcode('s', 'SETITEM', (m) => m.setItems(m.popMany(2))),
  opcode('u', 'SETITEMS', (m) => m.setItems(m.popToMark())),
  opcode('\x8f', 'EMPTY_SET', (m) => m.push(new Set())),
  opcode('\x90', 'ADDITEMS', (m) => m.addItems(m.popToMark())),
  opcode('\x91', 'FROZENSET', (m) => m.push(new Set(m.popToMark()))),

  opcode('p', 'PUT', (m) => m.memoize(Number(m.reader.line()))),
  opcode('q', 'BINPUT', (m) => m.memoize(m.reader.u8())),
  opcode('r', 'LONG_BINPUT', (m) => m.memoize(m.reader.u32())),
  opcode('\x94', 'MEMOIZE', (m) => m.memoize()),
  opcode('g', 'GET', (m) => m.recall(Number(m.reader.line()))),
  opcode('h', 'BINGET', (m) => m.recall(m.reader.u8())),
  opcode('j', 'LONG_BINGET', (m) => m.recall(m.reader.u32())),

  opcode('c', 'GLOBAL', (m) => m.pushGlobal(m.reader.line(), m.reader.line())),
  opcode('\x93', 'STACK_GLOBAL', pushStackGlobal),
  opcode('R', 'REDUCE', reduce),
  opcode('\x81', 'NEWOBJ', reduce),
  opcode('\x92', 'NEWOBJ_EX', reduceWithKeywords),
  opcode('i', 'INST', (m) => m.call(m.global(m.reader.line(), m.reader.line()), m.popToMark())),
  opcode('o', 'OBJ', callMarked),
  opcode('b', 'BUILD', (m) => m.build(m.pop())),
  opcode('P', 'PERSID', (m) => m.pushPersistent(m.reader.line())),
  opcode('Q', 'BINPERSID', (m) => m.pushPersistent(m.pop())),
]);

function opcode(character: string, name: string, run: (machine: PickleMachine) => void): [number, Opcode] {
  return [character.charCodeAt(0), { name, run }];
}

function checkProtocol(machine: PickleMachine): void {
  const protocol = machine.reader.u8();
  if (protocol > NEWEST_PROTOCOL) throw machine.refuse(`a protocol up to ${NEWEST_PROTOCOL}`, protocol);
}

/** Frames only help a reader to fetch ahead; here all bytes are at hand. */
function checkFrame(machine: PickleMachine): void {
  machine.reader.u64();
}

function pushDict(machine: PickleMachine): void {
  const items = machine.popToMark();
  machine.push(new Map());
  machine.setItems(items);
}

function pushStackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  machine.pushGlobal(machine.pop(), name);
}

function reduce(machine: PickleMachine): void {
  const args = machine.pop();
  machine.call(machine.pop(), args);
}

function reduceWithKeywords(machine: PickleMachine): void {
  const keywords = machine.pop();
  if (!(keywords instanceof Map) || keywords.size > 0) throw machine.refuse('no keyword arguments', 'some');
  reduce(machine);
}

function callMarked(machine: PickleMachine): void {
  const [callable, ...args] = machine.popToMark();
  machine.call(callable, args);
}

function integerOrBoolean(machine: PickleMachine, line: string): number | bigint | boolean {
  if (line === '00') return false;
  return line === '01' ? true : integer(machine, line);
}

function integer(machine: PickleMachine, digits: string): number | bigint {
  if (!/^[+-]?\d{1,512}$/.test(digits)) throw machine.refuse('a decimal integer', digits);
  return exact(BigInt(digits));
}

/** Two's complement, lowest byte first. */
function binaryInteger(machine: PickleMachine, length: number): number | bigint {
  if (length > LONGEST_INTEGER)
    throw machine.refuse(`an integer of at most ${LONGEST_INTEGER} bytes`, length);
  if (length === 0) return 0;
  const hex = Buffer.from(machine.reader.take(length)).reverse().toString('hex');
  return exact(BigInt.asIntN(length * 8, BigInt(`0x${hex}`)));
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The text of a Python 2 string literal: quotes off, the escapes that repr writes undone. */
function unquote(machine: PickleMachine, literal: string): string {
  const content = /^(['"])(.*)\1$/s.exec(literal.trim())?.[2];
  if (content === undefined) throw machine.refuse('a string in quotes', literal);
  const plain = new Map([
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
  ]);
  return content.replace(/\\(?:x([\da-fA-F]{2})|(.))/gs, (_, hex: string | undefined, escaped: string) =>
    hex === undefined ? (plain.get(escaped) ?? escaped) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Undoes Python's raw-unicode-escape. */
function unescapeUnicode(machine: PickleMachine, text: string): string {
  return text.replace(
    /\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})/g,
    (_, short: string | undefined, long: string) => {
      const point = Number.parseInt(short ?? long, 16);
      if (point > 0x10ffff) throw machine.refuse('a code point of Unicode', point);
      return String.fromCodePoint(point);
    },
  );
}
