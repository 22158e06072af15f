/**
 * Reads the body of a request: decoded as its `Content-Encoding` says, bounded after decoding, within the room for all
 * bodies in flight. Decoding runs in the thread pool; the event loop only copies.
 *
 *     request ─▶ room ─▶ gzip | deflate | zstd | as it is ─▶ limit ─▶ one buffer
 *                 503         415            400              413
 */
import type { IncomingMessage } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { giveBack } from '../core/give-back.ts';
import type { Refusal } from '../core/ingest.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { type IngestLimits, retryAfter } from './limits.ts';
import type { Place, Room } from './room.ts';

export interface Body {
  readonly bytes: Buffer;
  /** Must be called once the bytes are no longer needed: it gives their room to the next, and they are gone. */
  release(): void;
}

type Pieces = AsyncIterable<Buffer>;

/** Bytes that one turn of the event loop copies. */
const copiedAtOnce = 4_000_000;
/** Bytes that a decoder gives at once. */
const chunkSize = 256 * 1024;
/** More encodings on top of each other than anyone uses. */
const mostEncodings = 2;

/** `deflate` is the zlib form by RFC 9110 and the raw one from some senders: the first two bytes tell. */
const isZlib = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;

/** By name in `Content-Encoding`; `head` is the first piece. */
const decoders: ReadonlyMap<string, (head: Buffer) => Duplex> = new Map<string, (head: Buffer) => Duplex>([
  ['gzip', () => createGunzip({ chunkSize })],
  ['x-gzip', () => createGunzip({ chunkSize })],
  ['deflate', (head) => (isZlib(head) ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize }))],
  ['zstd', () => createZstdDecompress({ chunkSize })],
]);

async function* decode(pieces: Pieces, create: (head: Buffer) => Duplex): AsyncGenerator<Buffer> {
  const source = pieces[Symbol.asyncIterator]();
  const head = await source.next();
  if (head.done) return;
  const decoder = create(head.value);
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield head.value;
    yield* { [Symbol.asyncIterator]: () => source };
  };
  // Its errors come out of the decoder.
  pipeline(whole(), decoder, () => {});
  yield* decoder;
}

/** The encodings as sent, `identity` left out. */
const encodingsOf = (request: IncomingMessage): readonly string[] =>
  (request.headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');

/** From here on a body has memory of its own, which is worth giving back at once. */
const largeBody = 1_000_000;

/** A piece from a socket may lie in the same memory as the next request. */
const ownsMemory = ({ byteLength, buffer }: Buffer): boolean => byteLength === buffer.byteLength;

/** One buffer of all pieces, copied a bit at a time: 100 MB at once would hold the event loop for 50 ms. */
async function join(pieces: readonly Buffer[], length: number, decoded: boolean): Promise<Buffer> {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && length < largeBody) return only;
  const whole = Buffer.allocUnsafeSlow(length);
  let at = 0;
  let rested = 0;
  for (const [index, piece] of pieces.entries()) {
    at += piece.copy(whole, at);
    // A decoder's pieces share its memory, and it needs that no more.
    if (decoded ? pieces[index + 1]?.buffer !== piece.buffer : ownsMemory(piece)) giveBack(piece);
    if (at - rested > copiedAtOnce) {
      rested = at;
      await nextTurn();
    }
  }
  return whole;
}

const tooLarge = (limits: IngestLimits): Refusal => ({
  status: 413,
  reason: `the body is larger than ${limits.body} bytes (decompressed): send it in parts`,
});
const noRoom: Refusal = {
  status: 503,
  reason: 'too much is being worked on: there was no room for the body in time',
  retryAfter,
};

/** A body of announced length goes to its place piece by piece: gathered first, it would be in memory twice. */
async function fill(pieces: Pieces, announced: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(announced);
  let at = 0;
  for await (const piece of pieces) {
    at += piece.copy(whole, at);
    if (ownsMemory(piece)) giveBack(piece);
  }
  return whole.subarray(0, at);
}

async function gather(
  pieces: Pieces,
  place: Place,
  limits: IngestLimits,
  decoded: boolean,
): Promise<Result<Buffer, Refusal>> {
  const gathered: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > limits.body) return fail(tooLarge(limits));
    if (!(await place.take(piece.length))) return fail(noRoom);
    gathered.push(piece);
  }
  return ok(await join(gathered, length, decoded));
}

/** Reads the rest and throws it away: unread it would stop the connection. */
function throwAway(request: IncomingMessage): void {
  // A decoder that was given up may listen still, and a stream with such a listener does not flow.
  request.removeAllListeners('readable');
  setImmediate(() => request.resume());
}

/**
 * Reads the body of `request`. After a refusal the rest is read and thrown away, so that the client gets to see the
 * answer; the connection stays of use. Never rejects.
 */
export async function readBody(
  request: IncomingMessage,
  room: Room,
  limits: IngestLimits,
): Promise<Result<Body, Refusal>> {
  const refuse = (refusal: Refusal): Result<never, Refusal> => {
    place.leave();
    throwAway(request);
    return fail(refusal);
  };
  const place = room.enter();
  const encodings = encodingsOf(request);
  const unknown = encodings.find((name) => !decoders.has(name));
  if (unknown !== undefined || encodings.length > mostEncodings) {
    const reason = `Content-Encoding ${unknown ?? encodings.join(', ')} is not understood: use gzip, deflate, zstd or none`;
    return refuse({ status: 415, reason });
  }
  const announced = encodings.length === 0 ? Number(request.headers['content-length'] ?? 0) : 0;
  if (announced > limits.body) return refuse(tooLarge(limits));
  if (announced > 0 && !(await place.take(announced))) return refuse(noRoom);

  // The connection must survive a body that is left half read: the answer goes over it.
  let pieces: Pieces = request.iterator({ destroyOnReturn: false });
  for (const name of encodings.toReversed())
    pieces = decode(pieces, decoders.get(name) as (head: Buffer) => Duplex);
  try {
    const bytes =
      announced > 0
        ? ok(await fill(pieces, announced))
        : await gather(pieces, place, limits, encodings.length > 0);
    if (!bytes.ok) return refuse(bytes.error);
    return ok({
      bytes: bytes.value,
      release() {
        place.leave();
        if (bytes.value.length >= largeBody) giveBack(bytes.value);
      },
    });
  } catch (error) {
    const what =
      encodings.length === 0 ? 'the body ended early' : `the body is no whole ${encodings.join(', ')}`;
    return refuse({ status: 400, reason: `${what}: ${(error as Error).message}` });
  }
}
