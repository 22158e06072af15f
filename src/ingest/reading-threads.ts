/**
 * Large bodies are read in threads of their own, pack by pack, so that reading goes on on all cores and the event loop
 * is free for everybody else. One record made to hurt takes a thread most of a second, and nobody else.
 *
 *     main thread ── pack, copied ──▶ redact ─▶ parse ─▶ recognise ─▶ check ─▶ normalise ─▶ rows ── handed back
 *
 * A thread begins when there is a pack for it. What takes too much processor time, or more memory than a thread may
 * have, is broken off with the thread; its records are then read one by one, and the one that it was goes to quarantine.
 */
import { Worker } from 'node:worker_threads';
import { faultOf } from '../core/fault.ts';
import type { Log } from '../core/ports.ts';
import type { Decoded } from '../core/spec.ts';
import { FairQueue } from './fair-queue.ts';
import type { PackFacts, ReadPack } from './read-pack.ts';
import { headBytes, type RefusedRecord } from './read-record.ts';
import { askFor, type ReadingOrders, received } from './reading-messages.ts';
import { countByRule } from './redaction/counts.ts';
import type { Redaction } from './redaction/redact.ts';
import { BrokenOff, NoThread, nextAnswer } from './thread-answer.ts';

export interface ReadingThreads {
  /**
   * Reads records that lie in their payload from `first` on. A caller should not ask for many packs before the first of
   * them is there, so that what waits is bounded by the bodies in flight. Undefined when there is no thread to read
   * them, nor can one be begun. Never rejects.
   */
  read(
    records: readonly Decoded[],
    first: number,
    facts: PackFacts,
  ): Promise<readonly ReadPack[] | undefined>;
  /** Whether all threads that there may be are reading. */
  readonly allBusy: boolean;
  /** Ends the threads for good; what is being read, or waits, is not read. */
  close(): Promise<void>;
}

export interface ReadingThreadsOptions extends ReadingOrders {
  readonly log: Log;
  /** For the head of what was broken off. */
  readonly scrub: Redaction['scrub'];
  /** At most so many at once. */
  readonly most: number;
  /** Milliseconds without work after which a thread is ended (30 s), as it takes some 100 MB. */
  readonly idle?: number;
  /** Milliseconds of its own processor time that a thread may take for one pack (10 s). The worst known takes one. */
  readonly patience?: number;
  /** The program of a thread. */
  readonly program?: URL;
}

/** Milliseconds that a pack waits until a further thread is begun for it. */
const patient = 1_000;
/** What a thread may take for its objects, in MB: ten times what the largest record that is known needs. */
const memory = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };
const extension = import.meta.url.slice(-3);

/** One thread, or the place of one: it begins with its first pack, and again with the next after it has ended. */
class Place {
  readonly #options: ReadingThreadsOptions;
  readonly #patience: number;
  #thread: Worker | undefined;
  #resting: NodeJS.Timeout | undefined;

  constructor(options: ReadingThreadsOptions) {
    this.#options = options;
    this.#patience = options.patience ?? 10_000;
  }

  get isRunning(): boolean {
    return this.#thread !== undefined;
  }

  /** Rejects when the reading was broken off, and then the thread has ended. */
  async read(records: readonly Decoded[], first: number, facts: PackFacts): Promise<ReadPack> {
    clearTimeout(this.#resting);
    try {
      const thread = this.#thread ?? (await this.#start());
      const question = askFor(records, first, facts);
      thread.postMessage(question, [question.bytes.buffer]);
      const answer = await nextAnswer(thread, this.#patience);
      if (answer === 'ready') throw new Error('the thread began anew');
      for (const bug of answer.bugs) this.#options.log.error('an event type failed', bug);
      this.#resting = setTimeout(() => void this.end(), this.#options.idle ?? 30_000).unref();
      return received(answer.read);
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async #start(): Promise<Worker> {
    const {
      redaction,
      largest,
      ownRetention = [],
      program = new URL(`./reading-thread${extension}`, import.meta.url),
    } = this.#options;
    const workerData: ReadingOrders = { redaction, largest, ownRetention };
    const started = new Worker(program, { workerData, resourceLimits: memory, execArgv: [] });
    this.#thread = started;
    // What goes wrong while nobody waits shows when somebody does.
    started.on('error', () => {});
    started.once('exit', () => {
      if (this.#thread === started) this.#thread = undefined;
    });
    started.unref();
    await nextAnswer(started, this.#patience * 6).catch((error: unknown) => {
      throw new NoThread(error instanceof BrokenOff ? error.message : faultOf(error));
    });
    return started;
  }

  async end(): Promise<void> {
    clearTimeout(this.#resting);
    const ending = this.#thread;
    this.#thread = undefined;
    await ending?.terminate();
  }
}

/** Nothing is started before the first pack. */
export function createReadingThreads(options: ReadingThreadsOptions): ReadingThreads {
  const { log, scrub } = options;
  const places = Array.from({ length: options.most }, () => new Place(options));
  const free = new Set(places);
  const waiting = new FairQueue<(place: Place) => void>();
  let closed = false;

  /** Gives free places to those that wait, whose tenants take turns: with a thread first, without one where `more` threads are wanted. */
  function give(more: boolean): void {
    for (const isRunning of more ? [true, false] : [true])
      for (const place of free) {
        if (waiting.length === 0) return;
        if (place.isRunning !== isRunning) continue;
        free.delete(place);
        waiting.shift()?.(place);
      }
  }

  /** One body alone has a pack read and a pack waiting, for which no further thread is begun: it takes memory. */
  function takePlace(tenant: string): Promise<Place> {
    const { promise, resolve } = Promise.withResolvers<Place>();
    waiting.push(tenant, resolve);
    const running = places.length - free.size;
    give(running === 0 || waiting.length > running);
    const impatient = setTimeout(() => give(true), patient).unref();
    return promise.finally(() => clearTimeout(impatient));
  }

  async function readIn(records: readonly Decoded[], first: number, facts: PackFacts): Promise<ReadPack> {
    const place = await takePlace(facts.tenant);
    try {
      if (closed) throw new NoThread('the server stops');
      return await place.read(records, first, facts);
    } finally {
      free.add(place);
      // A thread that was broken off is wanted again.
      give(!place.isRunning);
    }
  }

  function refuse({ bytes }: Decoded, { tenant }: PackFacts): ReadPack {
    const reason = `reading it took too much processor time or memory (${bytes.length} bytes); its head is kept`;
    const head = scrub(bytes.subarray(0, headBytes), tenant);
    const refused: RefusedRecord = {
      reason: 'too-costly',
      problem: { path: '', reason },
      bytes: head.bytes,
      redacted: countByRule(head.places),
    };
    return {
      ids: [''],
      times: new Float64Array(1),
      idHashes: new BigUint64Array(1),
      contentHashes: new Uint32Array(1),
      rows: Buffer.alloc(0),
      ends: new Uint32Array(1),
      retention: undefined,
      refused: new Map([[0, refused]]),
      redacted: new Map(),
    };
  }

  async function read(
    records: readonly Decoded[],
    first: number,
    facts: PackFacts,
  ): Promise<readonly ReadPack[] | undefined> {
    try {
      return [await readIn(records, first, facts)];
    } catch (error) {
      if (closed) return undefined;
      if (error instanceof NoThread) {
        log.error('there is no thread to read records', { reason: error.message });
        return undefined;
      }
      const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
      log.error('the reading of records was broken off', {
        records: records.length,
        bytes,
        error: error instanceof BrokenOff ? error.message : faultOf(error),
      });
    }
    if (records.length === 1) return [refuse(records[0] as Decoded, facts)];
    const packs: ReadPack[] = [];
    for (const [index, record] of records.entries()) {
      const alone = await read([record], first + index, facts);
      if (alone === undefined) return undefined;
      packs.push(...alone);
    }
    return packs;
  }

  return {
    read,
    get allBusy() {
      return free.size === 0;
    },
    async close() {
      closed = true;
      await Promise.all(places.map((place) => place.end()));
    },
  };
}
