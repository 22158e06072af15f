/**
 * `Content-Encoding`: what was applied last is undone first. What goes into each stage and what comes out of it is
 * bounded, so that a small body cannot cost much work. Decoding runs in the thread pool.
 *
 *     wire ──▶ gunzip ──▶ zstd ──▶ body
 *      └ limit    └ limit,   └ limit
 *                   4 times what went in
 */
import {
  constants,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
  type ZstdDecompress,
} from 'node:zlib';

export type Pieces = AsyncIterable<Buffer>;

/** A stage was given more, or gave more, than it may. The message says which limit. */
export class TooMuch extends Error {}

/** More encodings on top of each other than anyone uses. */
export const mostEncodings = 2;
/** Bytes that a decoder gives at once, and of which it holds as many. */
export const chunkSize = 256 * 1024;
/** What is compressed already shrinks little: what comes out of a stage and is to be decoded again may be so many times what went in. */
const mostGrowth = 4;
/** Bytes from which on that counts. */
const growthFrom = 1_000_000;
/** The same for what follows the first frame: it may be little. */
const furtherChunkSize = 64 * 1024;
/** Frames, or members behind padding, that one body may have however small they are; each takes a decoder of its own. */
const partsFrom = 200;
/** And one more for so many bytes. */
const leastPart = 4_000;

type Decoder = Gunzip | Inflate | InflateRaw | ZstdDecompress;
interface DecoderOptions {
  /** The first piece. */
  readonly head: Buffer;
  readonly chunkSize: number;
  readonly windowLog: number;
}
type CreateDecoder = (options: DecoderOptions) => Decoder;

interface Stage {
  readonly name: string;
  readonly most: number;
  readonly isLast: boolean;
  readonly windowLog: number;
}

const zerosBefore = (bytes: Buffer): number => {
  let count = 0;
  while (bytes[count] === 0) count += 1;
  return count;
};

/** `deflate` is the zlib form by RFC 9110 and the raw one from some senders: the first two bytes tell. */
const isZlib = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;

/** By name in `Content-Encoding`. */
const decoders: ReadonlyMap<string, CreateDecoder> = new Map<string, CreateDecoder>([
  ['gzip', ({ chunkSize }) => createGunzip({ chunkSize })],
  ['x-gzip', ({ chunkSize }) => createGunzip({ chunkSize })],
  [
    'deflate',
    ({ head, chunkSize }) => (isZlib(head) ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize })),
  ],
  [
    'zstd',
    ({ chunkSize, windowLog }) =>
      createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: windowLog } }),
  ],
]);

/** The names in `Content-Encoding` in the order in which they were applied, `identity` left out. */
export const encodingsOf = (header = ''): readonly string[] =>
  header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');

/** Which of them, or how many of them, are not understood; undefined when all are. */
export const notUnderstood = (encodings: readonly string[]): string | undefined =>
  encodings.find((name) => !decoders.has(name)) ??
  (encodings.length > mostEncodings ? encodings.join(', ') : undefined);

/** Gives pieces to a decoder; resolves with what follows its end, or undefined when there is nothing more. Never rejects. */
async function feed(
  decoder: Decoder,
  first: Buffer,
  more: () => Promise<Buffer | undefined>,
): Promise<Buffer | undefined> {
  try {
    for (let piece: Buffer | undefined = first; piece !== undefined; piece = await more()) {
      const before = decoder.bytesWritten;
      const error = await new Promise((done) => decoder.write(piece, done));
      const used = decoder.bytesWritten - before;
      if (used < piece.length) return piece.subarray(used);
      if (error) return undefined;
    }
    decoder.end();
  } catch (error) {
    decoder.destroy(error as Error);
  }
  return undefined;
}

/**
 * One stage; `isLast` where what comes out is the body. A decoder ends with a frame of zstd, and gzip may be padded with
 * zeros: what follows is decoded as well, by another one. After the end of deflate nothing may follow.
 */
async function* stage(
  pieces: Pieces,
  { name, most, isLast, windowLog }: Stage,
): AsyncGenerator<Buffer, void, undefined> {
  const source = pieces[Symbol.asyncIterator]();
  const create = decoders.get(name) as CreateDecoder;
  let into = 0;
  let out = 0;
  let parts = 0;
  const more = async (): Promise<Buffer | undefined> => {
    const next = await source.next();
    if (next.done) return undefined;
    into += next.value.length;
    if (into > most) throw new TooMuch(`more than ${most} bytes go into ${name}`);
    return next.value;
  };
  try {
    let rest = await more();
    // The two bytes that tell which form it is.
    if (rest?.length === 1) rest = Buffer.concat([rest, (await more()) ?? Buffer.alloc(0)]);
    while (rest !== undefined) {
      if (parts > 0 && name.endsWith('gzip')) rest = rest.subarray(zerosBefore(rest));
      if (parts > 0 && name === 'deflate') throw new Error('something follows its end');
      if (rest.length === 0) {
        rest = await more();
        continue;
      }
      parts += 1;
      if (parts > partsFrom + into / leastPart && Number.isFinite(most))
        throw new TooMuch(`${parts} frames of ${name} in ${into} bytes`);
      const decoder = create({
        head: rest,
        windowLog,
        chunkSize: parts === 1 ? chunkSize : furtherChunkSize,
      });
      const feeding = feed(decoder, rest, more);
      for await (const piece of decoder as Pieces) {
        out += piece.length;
        if (out > most) throw new TooMuch(`more than ${most} bytes come out of ${name}`);
        if (!isLast && out > growthFrom + mostGrowth * into)
          throw new TooMuch(`${name} gives more than ${mostGrowth} times its bytes, to be decoded again`);
        yield piece;
      }
      rest = await feeding;
    }
  } finally {
    // Not awaited: it may be waiting for a piece that never comes.
    source.return?.()?.catch(() => {});
  }
}

/**
 * Undoes `encodings`, all of them understood. `most` bytes may go into each stage, and come out of it. A zstd window may
 * have 2^`windowLog` bytes; RFC 9659 has 8 MiB for HTTP.
 */
export const decoded = (pieces: Pieces, encodings: readonly string[], most: number, windowLog = 23): Pieces =>
  encodings.reduceRight(
    (from, name, index) => stage(from, { name, most, isLast: index === 0, windowLog }),
    pieces,
  );
