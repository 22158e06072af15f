/**
 * `Content-Encoding`: what was applied last is undone first. What goes into each stage and what comes out of it is
 * bounded, so that a small body cannot cost much work. Decoding runs in the thread pool.
 *
 *     wire ──▶ gunzip ──▶ zstd ──▶ body
 *      └ limit    └ limit,   └ limit
 *                   4 times what went in
 */
import { type Duplex, pipeline } from 'node:stream';
import { constants, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';

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
/** RFC 9659: no encoder may ask a decoder of HTTP for a larger window (8 MiB). */
const params = { [constants.ZSTD_d_windowLogMax]: 23 };

/** `deflate` is the zlib form by RFC 9110 and the raw one from some senders: the first two bytes tell. */
const isZlib = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;

/** By name in `Content-Encoding`; `head` is the first piece. */
const decoders: ReadonlyMap<string, (head: Buffer) => Duplex> = new Map<string, (head: Buffer) => Duplex>([
  ['gzip', () => createGunzip({ chunkSize })],
  ['x-gzip', () => createGunzip({ chunkSize })],
  ['deflate', (head) => (isZlib(head) ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize }))],
  ['zstd', () => createZstdDecompress({ chunkSize, params })],
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

/** One stage; `isLast` where what comes out is the body. */
async function* stage(pieces: Pieces, name: string, most: number, isLast: boolean): AsyncGenerator<Buffer> {
  const source = pieces[Symbol.asyncIterator]();
  const head = await source.next();
  if (head.done) return;
  const decoder = (decoders.get(name) as (head: Buffer) => Duplex)(head.value);
  let into = 0;
  let out = 0;
  const enter = (piece: Buffer): Buffer => {
    into += piece.length;
    if (into > most) throw new TooMuch(`more than ${most} bytes go into ${name}`);
    return piece;
  };
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield enter(head.value);
    for await (const piece of { [Symbol.asyncIterator]: () => source }) yield enter(piece);
  };
  // Its errors come out of the decoder.
  pipeline(whole(), decoder, () => {});
  for await (const piece of decoder as Pieces) {
    out += piece.length;
    if (out > most) throw new TooMuch(`more than ${most} bytes come out of ${name}`);
    if (!isLast && out > growthFrom + mostGrowth * into)
      throw new TooMuch(
        `more than ${mostGrowth} times what goes into ${name} comes out of it, to be decoded again`,
      );
    yield piece;
  }
}

/** Undoes `encodings`, all of them understood. `most` bytes may go into each stage, and come out of it. */
export const decoded = (pieces: Pieces, encodings: readonly string[], most: number): Pieces =>
  encodings.reduceRight((from, name, index) => stage(from, name, most, index === 0), pieces);
