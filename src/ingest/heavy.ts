/**
 * Heavy records are read in a thread of their own, one after the other: redacting and parsing 4 MB made to hurt takes
 * most of a second, for which the event loop would stand still.
 *
 *     main thread ── bytes, handed over ──▶ redact ─▶ parse ─▶ recognise ─▶ check ─▶ normalise ─▶ row ── handed back
 *
 * The thread begins with the first heavy record. One that takes too long, or more memory than the thread may have, is
 * broken off with the thread and goes to quarantine; the next begins a new one.
 */
import { Worker } from 'node:worker_threads';
import type { Log } from '../core/ports.ts';
import type { Decoded } from '../core/spec.ts';
import type { HeavyAnswer, HeavyOrders, HeavyRecord } from './heavy-messages.ts';
import { type Circumstances, headBytes, type ReadEvent, type RefusedRecord } from './read-record.ts';
import type { Redaction } from './redact.ts';
import { countByRule } from './redact-counts.ts';

export interface HeavyReading {
  /**
   * Reads the record at `index` of its payload. Records are read in the order of the calls; a caller should wait for
   * one before it asks for the next, so that what waits is bounded by the bodies in flight. Never rejects.
   */
  read(decoded: Decoded, index: number, about: Circumstances): Promise<ReadEvent | RefusedRecord>;
  /** Ends the thread; what is being read is broken off. */
  close(): Promise<void>;
}

export interface HeavyOptions extends HeavyOrders {
  readonly log: Log;
  /** For the head of what was broken off. */
  readonly scrub: Redaction['scrub'];
  /** Milliseconds without work after which the thread is ended (1 s), as it takes some 100 MB. */
  readonly idle?: number;
  /** Milliseconds for one record (10 s). The worst that is known takes a second, on a machine with nothing else to do. */
  readonly patience?: number;
  /** The program of the thread. */
  readonly program?: URL;
}

/** What the thread may take for its objects, in MB: ten times what the largest record that is known needs. */
const memory = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 };
const extension = import.meta.url.slice(-3);

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The next message, or why there will be none. */
function nextAnswer(thread: Worker, patience: number): Promise<HeavyAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HeavyAnswer>();
  const late = setTimeout(() => reject(new Error(`not done after ${patience} ms`)), patience);
  const ended = (): void => reject(new Error('the thread ended'));
  thread.once('message', resolve).once('error', reject).once('exit', ended);
  return promise.finally(() => {
    clearTimeout(late);
    thread.off('message', resolve).off('error', reject).off('exit', ended);
  });
}

/** Nothing is started before the first record. */
export function createHeavyReading(options: HeavyOptions): HeavyReading {
  const { redaction, largest, log, scrub, patience = 10_000, idle = 1_000 } = options;
  const program = options.program ?? new URL(`./heavy-thread${extension}`, import.meta.url);
  let thread: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let resting: NodeJS.Timeout | undefined;

  async function start(): Promise<Worker> {
    const workerData: HeavyOrders = { redaction, largest };
    const started = new Worker(program, { workerData, resourceLimits: memory, execArgv: [] });
    thread = started;
    // What goes wrong while nobody waits shows when somebody does.
    started.on('error', () => {});
    started.unref();
    await nextAnswer(started, patience * 6);
    return started;
  }

  async function ask(
    record: HeavyRecord & { readonly bytes: Uint8Array<ArrayBuffer> },
  ): Promise<HeavyAnswer> {
    clearTimeout(resting);
    const asked = thread ?? (await start());
    asked.postMessage(record, [record.bytes.buffer]);
    return nextAnswer(asked, patience);
  }

  async function end(): Promise<void> {
    clearTimeout(resting);
    const ending = thread;
    thread = undefined;
    await ending?.terminate();
  }

  async function read(
    { bytes, ...where }: Decoded,
    place: string,
    { tenant, received, vocabulary }: Circumstances,
  ): Promise<ReadEvent | RefusedRecord> {
    try {
      const copy = new Uint8Array(bytes);
      const answer = await ask({ ...where, bytes: copy, tenant, received, vocabulary, place });
      if (answer === 'ready') throw new Error('the thread began anew');
      for (const bug of answer.bugs) log.error('an event type failed', bug);
      const { read } = answer;
      const clean = { ...read, bytes: asBuffer(read.bytes) };
      return 'made' in clean ? { ...clean, made: asBuffer(clean.made) } : clean;
    } catch (error) {
      log.error('the reading of a record was broken off', { bytes: bytes.length, error: String(error) });
      await end();
      const reason = `reading it took too long or too much memory (${bytes.length} bytes); its head is kept`;
      const head = scrub(bytes.subarray(0, headBytes), tenant);
      const redacted = countByRule(head.places);
      return { reason: 'too-costly', problem: { path: '', reason }, bytes: head.bytes, redacted };
    }
  }

  return {
    read(decoded, index, about) {
      const place = about.placeName(decoded, index);
      const reading = last.then(() => read(decoded, place, about));
      last = reading.then(() => {
        resting = setTimeout(() => void end(), idle).unref();
      });
      return reading;
    },
    close: end,
  };
}
