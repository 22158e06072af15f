/** What deleted segments added up to: written durably before they are deleted, so that no total ever goes back. */
import { join } from 'node:path';
import type { Log } from '../core/ports.ts';
import type { RowCountsJson } from '../core/row-counts.ts';
import { decodeChecked, encodeChecked, isRecord } from './checked-json.ts';
import type { JournalFiles } from './files.ts';
import { readWhole, replaceFile } from './whole-file.ts';

export interface Checkpoint<T> {
  /** It covers all frames before this one. */
  readonly sequence: number;
  /** Position behind the last of them; absent in what an older program wrote, and in a log without positions. */
  readonly end?: number;
  /** When the last of them was written, microseconds. */
  readonly written: number;
  readonly tally: T;
  /** Rows of gaps among them that are nowhere any more. */
  readonly lost?: RowCountsJson;
}

const pathIn = (folder: string): string => join(folder, 'checkpoint.json');

/** The checkpoint, or undefined when there is none; one that cannot be read is kept as `.damaged`. */
export async function readCheckpoint<T>(
  folder: string,
  files: JournalFiles,
  log: Log,
): Promise<Checkpoint<T> | undefined> {
  const path = pathIn(folder);
  const bytes = await readWhole(files, path);
  if (bytes === undefined) return undefined;
  const checkpoint = decodeChecked<Checkpoint<T>>(bytes, isCheckpoint);
  if (checkpoint === undefined) {
    log.error('The checkpoint of a log is damaged: totals begin with the oldest segment', { path });
    await files.rename(path, `${path}.damaged`);
  }
  return checkpoint;
}

const isCheckpoint = <T>(value: unknown): value is Checkpoint<T> =>
  isRecord(value) &&
  Number.isSafeInteger(value.sequence) &&
  typeof value.written === 'number' &&
  typeof value.tally === 'object' &&
  value.tally !== null;

export async function writeCheckpoint<T>(
  folder: string,
  files: JournalFiles,
  checkpoint: Checkpoint<T>,
): Promise<void> {
  await replaceFile(files, pathIn(folder), encodeChecked(checkpoint), {
    file: 'checkpoint',
    folder: 'checkpoint folder',
  });
}
