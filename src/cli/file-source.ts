/** A file's bytes, decompressed where it is compressed, and how many of its own bytes have been read. */
import { pipeline, type Readable, Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { openRegular } from '../settings/regular-file.ts';

export interface FileSource {
  readonly size: number;
  /** Called with the number of bytes of the file read since it was last called. */
  read(onProgress: (bytes: number) => void): AsyncIterable<Buffer>;
}

/** By the first bytes (RFC 1952, RFC 8878), not by the name. */
function decompressor(start: Buffer): Transform | undefined {
  if (start.length >= 2 && start.readUInt16BE(0) === 0x1f8b) return createGunzip();
  if (start.length >= 4 && start.readUInt32LE(0) === 0xfd2fb528) return createZstdDecompress();
  return undefined;
}

/** Of the open file itself, opened when it is read: another may lie under the name by then. */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const file = await openRegular(path);
  yield* file.createReadStream({ highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
}

/** Rejects when there is no file, or something else; reading rejects when it is damaged. */
export async function openFile(path: string): Promise<FileSource> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    const start = Buffer.alloc(4);
    const { bytesRead } = await file.read(start, 0, 4, 0);
    return {
      size,
      read(onProgress) {
        const counted = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            onProgress(chunk.length);
            done(null, chunk);
          },
        });
        const bytes = bytesOf(path);
        const unpacked = decompressor(start.subarray(0, bytesRead));
        // An error anywhere destroys the last stream with it: the reader's loop rejects.
        return unpacked === undefined
          ? (pipeline(bytes, counted, () => undefined) as Readable)
          : (pipeline(bytes, counted, unpacked, () => undefined) as Readable);
      },
    };
  } finally {
    await file.close();
  }
}
