/**
 * Reads the body of a request: decoded as its `Content-Encoding` says, bounded at every stage, within the room for all
 * bodies in flight, at no less than the least rate.
 *
 *     request ─▶ least rate ─▶ gzip | deflate | zstd | as it is ─▶ limit ─▶ room ─▶ one buffer
 *                   408           415, 400, 413                     413     503
 */
import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../core/ingest.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { chunkSize, decoded, encodingsOf, notUnderstood, type Pieces, TooMuch } from './content-coding.ts';
import { Gathered, giveBackBody } from './gathered.ts';
import { type IngestLimits, retryAfter } from './limits.ts';
import { type Pace, watchPace } from './pace.ts';
import type { Place, Room } from './room.ts';

export interface Body {
  readonly bytes: Buffer;
  /** Must be called once the bytes are no longer needed: it gives their room to the next, and they are gone. */
  release(): void;
}

/** What a body costs beside its bytes: its connection, and what that has read ahead. */
const besideBody = 16 * 1024;
/** Milliseconds for which the rest of a refused body is read and thrown away; then its connection is closed. */
const linger = 30_000;
/** The same where the body was too slow: no more than its sender needs to get the answer. */
const lingerSlow = 1_000;

const tooLarge = ({ body }: IngestLimits): Refusal => ({
  status: 413,
  reason: `the body is larger than ${body} bytes (decompressed): send it in parts`,
});
const tooMuch = ({ body }: IngestLimits, why: string): Refusal => ({
  status: 413,
  reason: `${why}, where a body may have ${body} bytes at every stage of decompression: send it in parts`,
});
const tooSlow = ({ leastRate, rateWindow }: IngestLimits): Refusal => ({
  status: 408,
  reason: `less than ${leastRate} bytes a second of the body arrived in ${rateWindow / 1000} s: send it faster`,
});
const noRoom: Refusal = {
  status: 503,
  reason: 'too much is being worked on: there was no room for the body in time',
  retryAfter,
};

interface Reading {
  readonly pieces: Pieces;
  readonly gathered: Gathered;
  readonly place: Place;
  readonly pace: Pace;
  readonly limits: IngestLimits;
}

/** Whether there is room in the end; the socket is not read until then. */
async function wait(taking: Promise<boolean>, pace: Pace): Promise<boolean> {
  pace.pause();
  const taken = await taking;
  if (taken) pace.resume();
  return taken;
}

async function gather(reading: Reading, beside: number): Promise<Refusal | undefined> {
  const { pieces, gathered, place, pace, limits } = reading;
  const taking = place.take(beside);
  if (taking !== true && !(await wait(taking, pace))) return noRoom;
  for await (const piece of pieces) {
    if (gathered.length + piece.length > limits.body) return tooLarge(limits);
    const taken = place.take(piece.length);
    if (taken !== true && !(await wait(taken, pace))) return noRoom;
    const moved = gathered.add(piece);
    if (moved !== undefined) await moved;
  }
  place.arrived();
  return undefined;
}

/** Reads the rest and throws it away: unread it would stop the connection. */
function throwAway(request: IncomingMessage, milliseconds: number): void {
  // A decoder that was given up may listen still, and a stream with such a listener does not flow.
  request.removeAllListeners('readable');
  setImmediate(() => request.resume());
  const late = setTimeout(() => request.socket.destroy(), milliseconds).unref();
  request.once('close', () => clearTimeout(late));
}

/**
 * Reads the body of `request`, which `tenant` sends. After a refusal the rest is read and thrown away for a while, so that
 * the client gets to see the answer and the connection stays of use. Never rejects.
 */
export async function readBody(
  request: IncomingMessage,
  tenant: string,
  room: Room,
  limits: IngestLimits,
): Promise<Result<Body, Refusal>> {
  const refuse = (refusal: Refusal): Result<never, Refusal> => {
    throwAway(request, refusal.status === 408 ? lingerSlow : linger);
    return fail(refusal);
  };
  const encodings = encodingsOf(request.headers['content-encoding']);
  const unknown = notUnderstood(encodings);
  if (unknown !== undefined) {
    const reason = `Content-Encoding ${unknown} is not understood: use gzip, deflate, zstd or none`;
    return refuse({ status: 415, reason });
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.body) return refuse(tooLarge(limits));

  const isDecoded = encodings.length > 0;
  const gathered = new Gathered(isDecoded ? 0 : announced, isDecoded);
  const stopped = Promise.withResolvers<Refusal>();
  const place = room.enter(tenant, () => stopped.resolve(noRoom));
  const pace = watchPace(request, limits, () => stopped.resolve(tooSlow(limits)));
  // The connection must survive a body that is left half read: the answer goes over it.
  const pieces = decoded(request.iterator({ destroyOnReturn: false }), encodings, limits.body);
  const reading = { pieces, gathered, place, pace, limits };
  const gathering = gather(reading, besideBody + encodings.length * chunkSize).catch(
    (error: Error): Refusal => {
      if (error instanceof TooMuch) return tooMuch(limits, error.message);
      const what = isDecoded ? `the body is no whole ${encodings.join(', ')}` : 'the body ended early';
      return { status: 400, reason: `${what}: ${error.message}` };
    },
  );
  const refusal = await Promise.race([gathering, stopped.promise]);
  pace.stop();
  if (refusal !== undefined) {
    // Who was stopped is still being read, and stops when it wants more room.
    place.leave();
    gathered.clear();
    return refuse(refusal);
  }
  const bytes = await gathered.bytes();
  return ok({
    bytes,
    release() {
      place.leave();
      giveBackBody(bytes);
    },
  });
}
