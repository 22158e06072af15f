/**
 * One stream of server-sent events to one reader. What the reader does not take is held in a bounded buffer of its
 * own; the sender asks for room first, and decides what a full buffer means. Source: WHATWG HTML, server-sent events.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export interface EventStreamOptions {
  /** Ends the stream: the server closes. */
  readonly closing: AbortSignal;
  /** Asked every `recheck` ms: a token that was revoked meanwhile ends the stream. */
  readonly allowed: () => Promise<boolean>;
  /** Milliseconds between checks of the credentials; default 5 s. */
  readonly recheck?: number;
  /** Milliseconds between comments, which keep proxies from closing a silent stream; default 15 s. */
  readonly pulse?: number;
  /** Bytes that may wait for a slow reader; default 1 MiB. */
  readonly capacity?: number;
}

export interface EventStream {
  /** What the route answers with. */
  readonly body: Readable;
  /** Aborts when the stream is over, whoever ended it. */
  readonly over: AbortSignal;
  /** False while the reader is slow: what is sent then would wait beyond the bound. */
  readonly room: boolean;
  /** Resolves when there is room, or the stream is over. */
  whenRoom(): Promise<void>;
  /** `data` is written as JSON; `id` is what a reader sends back as Last-Event-ID. */
  send(event: string, data: unknown, id?: number): void;
  end(): void;
}

// Browsers come back after this many milliseconds.
const retry = 2_000;

export function openEventStream(reply: FastifyReply, options: EventStreamOptions): EventStream {
  const { closing, allowed, recheck = 5_000, pulse = 15_000, capacity = 1_048_576 } = options;
  const over = new AbortController();
  let waiting: (() => void)[] = [];
  const release = () => {
    const released = waiting;
    waiting = [];
    for (const resume of released) resume();
  };

  const body = new Readable({ highWaterMark: capacity, read: release });
  const write = (text: string) => {
    if (!over.signal.aborted) body.push(text);
  };
  const send: EventStream['send'] = (event, data, id) =>
    write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const end = () => {
    if (over.signal.aborted) return;
    body.push(null);
    finish();
  };

  const heart = setInterval(() => {
    if (body.readableLength < capacity) write(': still here\n\n');
  }, pulse);
  const guard = setInterval(async () => {
    // A check that fails proves nothing against the reader; the next one decides.
    if (await allowed().catch(() => true)) return;
    send('error', { status: 401, detail: 'The credentials are no longer valid. Sign in again.' });
    end();
  }, recheck);
  const finish = () => {
    clearInterval(heart);
    clearInterval(guard);
    closing.removeEventListener('abort', end);
    over.abort();
    release();
  };
  body.once('close', finish);
  closing.addEventListener('abort', end);
  if (closing.aborted) end();

  // `x-accel-buffering` is how NGINX is told to pass each event on at once.
  reply.headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  write(`retry: ${retry}\n: welcome\n\n`);
  return {
    body,
    over: over.signal,
    get room() {
      return body.readableLength < capacity;
    },
    whenRoom: () =>
      new Promise((resolve) => {
        if (over.signal.aborted || body.readableLength < capacity) resolve();
        else waiting.push(resolve);
      }),
    send,
    end,
  };
}
