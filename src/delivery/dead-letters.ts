/**
 * Events that a consumer refused for good, kept with the reason: one file of JSON lines for each consumer. A letter is
 * on disk before the cursor passes its event.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface DeadLetter {
  readonly position: number;
  readonly tenant: string;
  readonly reason: string;
  /** When it was refused, in microseconds since 1970. */
  readonly at: number;
  /** The row as journalled (`core/row.ts` decodes it). */
  readonly row: string;
}

export interface DeadLetters {
  /** Letters kept, each position once. */
  readonly count: number;
  /** Resolves when the letters are durable. A position that is kept already is not kept again. */
  keep(letters: readonly DeadLetter[]): Promise<void>;
  /** The letters of one tenant in the order they came, at most `limit`. */
  list(tenant: string, limit: number): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
}

/** Opens the letters of `consumer` below `folder`. A line that was torn by a crash is cut off: it was not kept. */
export async function openDeadLetters(folder: string, consumer: string): Promise<DeadLetters> {
  const path = join(folder, 'dead-letters', `${encodeURIComponent(consumer)}.ndjson`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a+', 0o600);
  await syncFolder(dirname(path));
  await syncFolder(folder);
  await cutTornLine(file);
  const positions = new Set<number>();
  for await (const letter of read(path)) positions.add(letter.position);

  return {
    get count() {
      return positions.size;
    },
    async keep(letters) {
      const fresh = letters.filter((letter) => !positions.has(letter.position));
      if (fresh.length === 0) return;
      const { size } = await file.stat();
      try {
        await file.appendFile(fresh.map((letter) => `${JSON.stringify(letter)}\n`).join(''));
        await file.datasync();
      } catch (error) {
        // A full disk may have taken a part of a line, and the next one would go on behind it.
        await file.truncate(size);
        throw error;
      }
      for (const letter of fresh) positions.add(letter.position);
    },
    async list(tenant, limit) {
      const found: DeadLetter[] = [];
      for await (const letter of read(path)) {
        if (found.length >= limit) break;
        if (letter.tenant === tenant) found.push(letter);
      }
      return found;
    },
    close: () => file.close(),
  };
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A full disk can tear a line in the middle too, so this looks for the last line that ends. */
async function cutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const piece = Buffer.alloc(65_536);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - piece.length);
    const { bytesRead } = await file.read(piece, 0, end - from, from);
    const feed = piece.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (feed >= 0) {
      if (from + feed + 1 < size) await file.truncate(from + feed + 1);
      return;
    }
    end = from;
  }
  if (size > 0) await file.truncate(0);
}

async function* read(path: string): AsyncGenerator<DeadLetter> {
  const file = await open(path, 'r');
  // The handle is closed by the end of its lines, also when the reader leaves early.
  for await (const line of file.readLines()) yield JSON.parse(line) as DeadLetter;
}
