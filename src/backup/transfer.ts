/** Reading files whole, for their checksum, and copying them on the way. */

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

export interface Digest {
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export interface TransferOptions {
  /** Written as a new file of mode 0600; it must not be there. Not synced. */
  readonly to?: string;
  /** Only so many bytes, for a file that grows. */
  readonly bytes?: number;
  readonly signal: AbortSignal;
}

/** Bytes that one step reads, hashes and writes: a millisecond of the event loop. */
const step = 1 << 20;

/** The digest of what was read. Rejects with the reason of `signal`, or of the disk; then a part of `to` may be there. */
export async function transfer(from: string, { to, bytes, signal }: TransferOptions): Promise<Digest> {
  const source = await open(from, 'r');
  try {
    const target = to === undefined ? undefined : await open(to, 'wx', 0o600);
    try {
      const limit = bytes ?? Number.POSITIVE_INFINITY;
      const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(step, limit, (await source.stat()).size)));
      const hash = createHash('sha256');
      let size = 0;
      while (size < limit) {
        signal.throwIfAborted();
        const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, limit - size), size);
        if (bytesRead === 0) break;
        const piece = buffer.subarray(0, bytesRead);
        hash.update(piece);
        for (let done = 0; target !== undefined && done < bytesRead; )
          done += (await target.write(piece, done, bytesRead - done)).bytesWritten;
        size += bytesRead;
      }
      return { size, sha256: hash.digest('hex') };
    } finally {
      await target?.close();
    }
  } finally {
    await source.close();
  }
}

/** Makes the content of a file, or the names in a folder, durable. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
