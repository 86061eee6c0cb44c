import { crc32 } from 'node:zlib';
import type { DiskEntry } from './disk.js';
import { MESSAGE_KINDS, type MessageKind } from './outbox.js';

/** `v1` is the form of the records: a file of another form is left alone. */
const NAME = /^(health|reply|event)-(\d{12})(?:-(\d{1,9}))?\.v1(\.new)?$/;
/** Far more than a segment grows to. */
const LARGEST_FILE = 64 * 1024 * 1024;

/** A segment file that is there. */
export interface SegmentFile {
  readonly name: string;
  readonly number: number;
  /** How often what the number stands for was put together anew. */
  readonly generation: number;
  /** Bytes. */
  readonly size: number;
}

/** The files of an outbox's folder. */
export interface FolderContent {
  /** Segments of each kind, oldest first. */
  readonly segments: Readonly<Record<MessageKind, readonly SegmentFile[]>>;
  /** Files that were being written when the process ended. */
  readonly unfinished: readonly string[];
  /** What is not ours. */
  readonly foreign: readonly string[];
  /** The highest number of each kind in any name, 0 without one. */
  readonly highest: Readonly<Record<MessageKind, number>>;
}

export function segmentName(kind: MessageKind, number: number, generation: number): string {
  const suffix = generation === 0 ? '' : `-${generation}`;
  return `${kind}-${String(number).padStart(12, '0')}${suffix}.v1`;
}

/** Name of a segment file until all of it is on disk. */
export function unfinishedName(name: string): string {
  return `${name}.new`;
}

/** Seed of the checksums of a segment, given by its file's name alone. */
export function segmentSeed(name: string): number {
  return crc32(name);
}

export function sortFiles(entries: readonly DiskEntry[]): FolderContent {
  const segments: Record<MessageKind, SegmentFile[]> = { health: [], reply: [], event: [] };
  const highest = { health: 0, reply: 0, event: 0 };
  const unfinished: string[] = [];
  const foreign: string[] = [];
  for (const { name, isFile, size } of entries) {
    const match = NAME.exec(name);
    const kind = MESSAGE_KINDS.find((candidate) => candidate === match?.[1]);
    const number = Number(match?.[2]);
    if (kind !== undefined) highest[kind] = Math.max(highest[kind], number);
    if (kind === undefined || !isFile || size > LARGEST_FILE) foreign.push(name);
    else if (match?.[4] !== undefined) unfinished.push(name);
    else segments[kind].push({ name, number, generation: Number(match?.[3] ?? 0), size });
  }
  for (const files of Object.values(segments)) {
    files.sort((a, b) => a.number - b.number || a.generation - b.generation);
  }
  return { segments, unfinished, foreign, highest };
}
