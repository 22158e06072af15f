/** A file's bytes, decompressed where it is compressed, and how many of its own bytes have been read. */
import { decoded } from '../ingest/content-coding.ts';
import { openRegular } from '../settings/regular-file.ts';

export interface FileSource {
  readonly size: number;
  /** Called with the number of bytes of the file read since it was last called. */
  read(onProgress: (bytes: number) => void): AsyncIterable<Buffer>;
}

/** By the first bytes (RFC 1952, RFC 8878), not by the name. */
function encodingsOf(start: Buffer): readonly string[] {
  if (start.length >= 2 && start.readUInt16BE(0) === 0x1f8b) return ['gzip'];
  if (start.length >= 4 && start.readUInt32LE(0) === 0xfd2fb528) return ['zstd'];
  return [];
}

/** The widest window that the zstd program makes (`--ultra`), as a power of two. */
const widestWindow = 27;

async function* counted(pieces: AsyncIterable<Buffer>, count: (bytes: number) => void) {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
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
      read: (onProgress) => {
        const bytes = bytesOf(path);
        const encodings = encodingsOf(start.subarray(0, bytesRead));
        return decoded(counted(bytes, onProgress), encodings, Number.POSITIVE_INFINITY, widestWindow);
      },
    };
  } finally {
    await file.close();
  }
}
