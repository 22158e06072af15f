/**
 * The rows of an insert on their way into the engine, in a file that has no name from the moment it is opened: nothing
 * stays behind whoever dies, and no character of the folder's name can be taken for a pattern.
 *
 * A file, because rows that are given inline are taken through the engine's parser of SQL text, which costs 10 ns a
 * byte, as much as reading and storing them. And written as they come in, so that an insert of tens of megabytes takes
 * none of them in this process.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Spool {
  /** Where the engine reads it, until it is closed. */
  readonly path: string;
  readonly bytes: number;
  /** It is gone afterwards. */
  close(): Promise<void>;
}

/** Bytes of a socket that one write takes together. */
const writtenAtOnce = 1 << 20;

/** Resolves when all of `rows` is there; rejects when they end early or the disk refuses, and then nothing is left. */
export async function spool(folder: string, rows: Readable): Promise<Spool> {
  const name = join(folder, `incoming-${randomBytes(8).toString('hex')}`);
  // The stream alone owns the file: a number that is closed twice may be another file's by then.
  const sink = createWriteStream(name, {
    flags: 'wx+',
    mode: 0o600,
    autoClose: false,
    highWaterMark: writtenAtOnce,
  });
  await once(sink, 'open');
  const path = `/dev/fd/${(sink as WriteStream & { readonly fd: number }).fd}`;
  const close = async (): Promise<void> => {
    const closed = once(sink, 'close');
    sink.destroy();
    await closed;
  };
  try {
    await unlink(name);
  } catch (error) {
    await close();
    throw error;
  }
  // When it fails, it closes the file itself.
  await pipeline(rows, sink);
  return { path, bytes: sink.bytesWritten, close };
}
