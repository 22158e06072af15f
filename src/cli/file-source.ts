/** A file's bytes, decompressed where it is compressed, and how many of its own bytes have been read. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

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

/** Rejects when the file cannot be opened; reading rejects when it is damaged. */
export async function openFile(path: string): Promise<FileSource> {
  const file = await open(path);
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
        const bytes = createReadStream(path, { highWaterMark: 1 << 20 });
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
