/**
 * Texts packed with zstd. Small ones at once, as the way to the thread pool and back costs more than the work; large
 * ones off the main thread, in one piece, as every further piece of 16 KB is another round trip.
 */
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import {
  constants,
  createZstdCompress,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Below this a text is kept as it is. */
const packedFrom = 512;
const atOnceTo = 16 * 1024;
/** Rows shrink to a tenth at most times. A piece as large as the text would be memory for nothing. */
const pieceBytes = (size: number): number => Math.min(Math.max(size >> 2, atOnceTo), 4 << 20);

/** From here on what comes out is left in pieces: joining 100 MB holds the event loop for a tenth of a second. */
const inPiecesFrom = 4 << 20;

/** What may be written in place of some bytes, one piece after the other. */
export interface Packed {
  readonly pieces: readonly Uint8Array[];
  /** Not when packing was not worth it: then the pieces are what was given. */
  readonly encoding?: 'zstd';
}

/** Packs `pieces`, one after the other, as one text. `level` is that of zstd. */
export async function pack(pieces: readonly Uint8Array[], level: number): Promise<Packed> {
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  if (length < packedFrom) return { pieces };
  const options = {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    chunkSize: pieceBytes(length),
  };
  const encoding = 'zstd';
  if (length >= inPiecesFrom) {
    const packed: Buffer[] = [];
    await pipeline(pieces, createZstdCompress(options), async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) packed.push(piece);
    });
    return { pieces: packed, encoding };
  }
  const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  const packed = length <= atOnceTo ? zstdCompressSync(bytes, options) : await compress(bytes, options);
  return { pieces: [packed], encoding };
}

/** The inverse of {@link pack} for bytes that were packed; `size` is how many come out. */
export function unpack(packed: Buffer, size: number): Buffer | Promise<Buffer> {
  // All in one piece: nothing is to be joined.
  const options = { chunkSize: Math.max(size + 64, 1024) };
  return size <= atOnceTo ? zstdDecompressSync(packed, options) : decompress(packed, options);
}
