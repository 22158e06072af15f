/**
 * One stream of server-sent events to one reader. What the reader does not take is held in a bounded buffer of its
 * own; the sender asks for room first, and decides what a full buffer means. Source: WHATWG HTML, server-sent events.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export interface EventStreamOptions {
  /** Ends the stream: the server closes. */
  readonly closing: AbortSignal;
  /** Asked before anything leaves, and every `recheck` ms: a token that was revoked ends the stream. */
  readonly allowed: () => Promise<boolean>;
  /** Milliseconds between checks of the credentials; default 5 s. */
  readonly recheck?: number;
  /** Milliseconds between comments, which keep proxies from closing a silent stream; default 15 s. */
  readonly pulse?: number;
  /** Characters that may wait for a slow reader; default 1 Mi. */
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
  send(event: string, data: unknown, id?: string): void;
  /** Ends it once the reader has taken what was sent. */
  end(): void;
}

// Browsers come back after this many milliseconds.
const retry = 2_000;

const written = (event: string, data: unknown, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

export function openEventStream(reply: FastifyReply, options: EventStreamOptions): EventStream {
  const { closing, allowed, recheck = 5_000, pulse = 15_000, capacity = 1_048_576 } = options;
  const over = new AbortController();
  let waiting: (() => void)[] = [];
  const release = () => {
    const released = waiting;
    waiting = [];
    for (const resume of released) resume();
  };

  // What waits for the reader, until the credentials have been looked at once more: nothing leaves without that.
  let queue: string[] = [];
  let queued = 0;
  let wanted = false;
  let passing = false;
  let ending = false;
  const body = new Readable({
    read() {
      wanted = true;
      void pass();
    },
  });

  /** Hands on what waits, as long as the reader takes it. */
  async function pass(): Promise<void> {
    if (passing) return;
    passing = true;
    while (wanted && queue.length > 0 && !over.signal.aborted) {
      // A check that fails proves nothing against the reader, and lets nothing pass: the next one decides.
      const may = await allowed().catch(() => undefined);
      if (may === undefined || over.signal.aborted) break;
      if (!may) refuse();
      else handOn();
    }
    passing = false;
    if (ending && queue.length === 0) stop();
  }
  function handOn(): void {
    let passed = 0;
    while (wanted && passed < queue.length) {
      const text = queue[passed++] as string;
      queued -= text.length;
      wanted = body.push(text);
    }
    queue.splice(0, passed);
    release();
  }

  const write = (text: string) => {
    if (over.signal.aborted) return;
    queue.push(text);
    queued += text.length;
    void pass();
  };
  const send: EventStream['send'] = (event, data, id) => write(written(event, data, id));
  const end = () => {
    ending = true;
    void pass();
  };
  /** Without what waits. */
  const stop = () => {
    if (over.signal.aborted) return;
    body.push(null);
    finish();
  };
  function refuse(): void {
    queue = [];
    queued = 0;
    body.push(
      written('error', { status: 401, detail: 'The credentials are no longer valid. Sign in again.' }),
    );
    body.push(null);
    finish();
  }

  const heart = setInterval(() => {
    if (queued < capacity) write(': still here\n\n');
  }, pulse);
  const guard = setInterval(async () => {
    if ((await allowed().catch(() => undefined)) === false && !over.signal.aborted) refuse();
    else void pass();
  }, recheck);
  const finish = () => {
    clearInterval(heart);
    clearInterval(guard);
    closing.removeEventListener('abort', stop);
    over.abort();
    release();
  };
  body.once('close', finish);
  closing.addEventListener('abort', stop);
  if (closing.aborted) stop();

  // `x-accel-buffering` is how NGINX is told to pass each event on at once.
  reply.headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  write(`retry: ${retry}\n: welcome\n\n`);
  return {
    body,
    over: over.signal,
    get room() {
      return queued < capacity;
    },
    whenRoom: () =>
      new Promise((resolve) => {
        if (over.signal.aborted || queued < capacity) resolve();
        else waiting.push(resolve);
      }),
    send,
    end,
  };
}
