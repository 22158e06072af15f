/**
 * Texts packed with zstd. Small ones at once, as the way to the thread pool and back costs more than the work; large
 * ones off the main thread, in one piece, as every further piece of 16 KB is another round trip.
 */
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Below this a text is kept as it is. */
const packedFrom = 512;
const atOnceTo = 16 * 1024;
const pieceBytes = (size: number): number => Math.min(Math.max(size + 64, 1024), 4 << 20);

/** The packed bytes, or `bytes` itself when packing is not worth it. `level` is that of zstd. */
export function pack(bytes: Buffer, level: number): Buffer | Promise<Buffer> {
  if (bytes.length < packedFrom) return bytes;
  const options = {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    chunkSize: pieceBytes(bytes.length),
  };
  return bytes.length <= atOnceTo ? zstdCompressSync(bytes, options) : compress(bytes, options);
}

/** The inverse of {@link pack} for bytes that were packed; `size` is how many come out. */
export function unpack(packed: Buffer, size: number): Buffer | Promise<Buffer> {
  const options = { chunkSize: pieceBytes(size) };
  return size <= atOnceTo ? zstdDecompressSync(packed, options) : decompress(packed, options);
}
