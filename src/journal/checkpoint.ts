/** What deleted segments added up to: written durably before they are deleted, so that no total ever goes back. */
import { join } from 'node:path';
import type { Log } from '../core/ports.ts';
import type { JournalFiles } from './files.ts';
import type { TallyJson } from './tally.ts';
import { readWhole, replaceFile } from './whole-file.ts';

export interface Checkpoint {
  /** It covers all frames before this one. */
  readonly sequence: number;
  /** When the last of them was written, microseconds. */
  readonly written: number;
  readonly tally: TallyJson;
}

const pathIn = (folder: string): string => join(folder, 'checkpoint.json');

/** The checkpoint, or undefined when there is none; one that cannot be read is kept as `.damaged`. */
export async function readCheckpoint(
  folder: string,
  files: JournalFiles,
  log: Log,
): Promise<Checkpoint | undefined> {
  const path = pathIn(folder);
  const bytes = await readWhole(files, path);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString()) as Checkpoint;
  } catch {
    log.error('The checkpoint of the journal is damaged: totals begin with the oldest segment', { path });
    await files.rename(path, `${path}.damaged`);
    return undefined;
  }
}

export async function writeCheckpoint(
  folder: string,
  files: JournalFiles,
  checkpoint: Checkpoint,
): Promise<void> {
  await replaceFile(files, pathIn(folder), Buffer.from(`${JSON.stringify(checkpoint)}\n`), {
    file: 'checkpoint',
    folder: 'checkpoint folder',
  });
}
