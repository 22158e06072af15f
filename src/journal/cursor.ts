/**
 * How far a consumer has come, durable: one small file a consumer, replaced at once. A note beside the position
 * holds what the consumer has begun and not finished (the store writer: the ranges it is about to insert).
 */
import { join } from 'node:path';
import type { JournalFiles } from './files.ts';
import { makeFolders, readWhole, replaceFile } from './whole-file.ts';

export interface Cursor {
  /** Position of the next event to consume: 0 for a new consumer. What was last saved durably. */
  readonly position: number;
  /** The JSON value saved with it; undefined when there was none. */
  readonly note: unknown;
  /** Whether a cursor file was found, so that a new consumer may choose to begin at the end. */
  readonly found: boolean;
  /** The file was there and unreadable: it was kept as `.damaged`, and the position is 0. */
  readonly damaged: boolean;
  /**
   * Resolves when position and note are durable, rejects when that is not known; the fields change only then. Saves
   * of one cursor take place one after the other in the order of the calls.
   */
  save(position: number, note?: unknown): Promise<void>;
}

interface Saved {
  readonly position: number;
  readonly note?: unknown;
}

function parse(bytes: Buffer): Saved | undefined {
  try {
    const saved: unknown = JSON.parse(bytes.toString());
    if (typeof saved !== 'object' || saved === null || !('position' in saved)) return undefined;
    return Number.isSafeInteger(saved.position) ? (saved as Saved) : undefined;
  } catch {
    return undefined;
  }
}

/** Opens the cursor `name` in `folder`/cursors, making the folder when it is missing. */
export async function openCursor(folder: string, name: string, files: JournalFiles): Promise<Cursor> {
  const cursors = join(folder, 'cursors');
  await makeFolders(files, cursors);
  const path = join(cursors, `${encodeURIComponent(name)}.json`);
  // A process that was killed may have renamed the file and not come as far as the fsync.
  await files.syncFolder(cursors, 'cursor folder');
  const bytes = await readWhole(files, path);
  const found = bytes === undefined ? undefined : parse(bytes);
  const damaged = bytes !== undefined && found === undefined;
  if (damaged) await files.rename(path, `${path}.damaged`);

  let saved: Saved = found ?? { position: 0 };
  let last: Promise<void> = Promise.resolve();
  const write = async (next: Saved) => {
    await replaceFile(files, path, Buffer.from(`${JSON.stringify(next)}\n`), {
      file: 'cursor',
      folder: 'cursor folder',
    });
    saved = next;
  };
  return {
    get position() {
      return saved.position;
    },
    get note() {
      return saved.note;
    },
    found: found !== undefined,
    damaged,
    save(position, note) {
      const next = note === undefined ? { position } : { position, note };
      const done = last.then(() => write(next));
      last = done.catch(() => undefined);
      return done;
    },
  };
}
