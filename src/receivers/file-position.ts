/**
 * Where the reading of a file stands, as the journal keeps it beside the data. A file is known by inode and by its first
 * bytes, because names move on at rotation and inodes are used again.
 */
import { type FileHandle, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { openRegular } from '../settings/regular-file.ts';

/** Bytes at the start of a file by which it is known again. */
const headBytes = 256;

export interface FileMark {
  readonly device: number;
  readonly inode: number;
  /** Length and CRC-32 of the first bytes, up to 256. */
  readonly headLength: number;
  readonly head: number;
}

export interface FilePosition extends FileMark {
  /** Bytes read under this name in files before this one: with `offset` it counts up for ever, and names records. */
  readonly base: number;
  /** In this file. */
  readonly offset: number;
  /** The rest of a line that was too long is still to be skipped. */
  readonly skipping: boolean;
  /** Files read to their end under this name before, the latest first: they may turn up under another name. */
  readonly done: readonly FileMark[];
}

/** Bytes from the start of the file, up to `length`. */
async function headOf(file: FileHandle, length: number): Promise<Buffer> {
  const head = Buffer.alloc(length);
  const { bytesRead } = await file.read(head, 0, length, 0);
  return head.subarray(0, bytesRead);
}

/** What the file is known by now; it may be known better once it has grown. */
export async function markOf(file: FileHandle): Promise<FileMark> {
  const { dev: device, ino: inode } = await file.stat();
  const head = await headOf(file, headBytes);
  return { device, inode, headLength: head.length, head: crc32(head) };
}

/** Whether the file still begins as it did: otherwise it was emptied and written anew. */
export async function beginsAs(file: FileHandle, { headLength, head }: FileMark): Promise<boolean> {
  return crc32(await headOf(file, headLength)) === head;
}

/** Whether the file at `path` is the one of `mark`, whatever its name was. */
export async function isFileOf(path: string, mark: FileMark): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.ino !== mark.inode || found.dev !== mark.device || !found.isFile()) return false;
  const file = await openRegular(path).catch(() => undefined);
  try {
    return file !== undefined && (await beginsAs(file, mark));
  } finally {
    await file?.close();
  }
}

const mostDone = 20;

/** The beginning of the next file of this name. */
export function nextFile(before: FilePosition | undefined, mark: FileMark, readToEnd: boolean): FilePosition {
  const fresh = { ...mark, offset: 0, skipping: false };
  if (before === undefined) return { ...fresh, base: 0, done: [] };
  const { device, inode, headLength, head, base, offset, done } = before;
  const left = readToEnd && headLength > 0 ? [{ device, inode, headLength, head }] : [];
  return { ...fresh, base: base + offset, done: [...left, ...done].slice(0, mostDone) };
}

export const isWholeHead = (mark: FileMark): boolean => mark.headLength === headBytes;

export const writePosition = (position: FilePosition): string => JSON.stringify(position);

export function readPosition(text: string | undefined): FilePosition | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as FilePosition);
}
