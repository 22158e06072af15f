/**
 * Takes the folds along the journal.
 *
 *   batches ─▶ pick ─▶ key ─▶ step ─▶ states, names, outbox, cursor (one transaction) ─▶ own street ─▶ journal
 *                       time ─▶ expire ─▶ the same, durable first ─────────────────────────┘
 *
 * What is made of the journal can be made of it again, so its transactions need not wait for the disk. What the clock
 * decides cannot: it is durable before anything is said of it. A record leaves the outbox when it is journalled; carried
 * twice it is a duplicate, as its id and its bytes are those of its inputs.
 */
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { Accept } from '../core/ingest.ts';
import type { JournalBatch } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import { decodeRow } from '../core/row.ts';
import type { GatewayRecord } from '../core/spec.ts';
import {
  type Consumer,
  type Delivery,
  type DeliveryCursor,
  delivered,
  type Refusal,
} from '../delivery/consumer.ts';
import { json } from '../protocols/json.ts';
import { createCourtesy } from './courtesy.ts';
import type { DerivedRecord, Fold, FoldContext, Step } from './fold.ts';
import { createPicking } from './pick.ts';
import type { FoldStates, Outgoing, Place } from './states.ts';

export interface FoldingOptions {
  readonly folds: readonly Fold[];
  readonly states: FoldStates;
  /** The street that alone takes derived events. */
  readonly accept: Accept;
  readonly journal: { readonly end: number };
  readonly clock: Clock;
  readonly log: Log;
  /** How long the commit of a change is waited for, in microseconds. */
  readonly confirmation: number;
  /** Whether others have more to do than there are cores: then folding takes its time. */
  readonly coresWanted?: () => boolean;
}

export interface FoldFigures {
  readonly fold: string;
  readonly keys: number;
  /** Since the start of the process, as the rest. */
  readonly derived: number;
  /** States that were given up as there were too many. */
  readonly evicted: number;
}

export interface Folding {
  readonly consumer: Consumer;
  /** Lies with the states, and moves with them. */
  readonly cursor: DeliveryCursor;
  /** Ends the states whose time has come and carries what that makes; rejects when the journal takes nothing. */
  tick(): Promise<void>;
  figures(): readonly FoldFigures[];
}

/** Rows that one turn of the event loop looks at, and rows that it folds. */
const looked = 5_000;
const foldedAtOnce = 100;
/** States that end in one turn, and payloads under way. */
const endedAtOnce = 100;
const carriedAtOnce = 10;

export function createFolding(options: FoldingOptions): Folding {
  const { folds, states, accept, journal, clock, log, confirmation } = options;
  const pick = createPicking(folds);
  const courtesy = createCourtesy(options.coresWanted ?? (() => false));
  const counts = new Map(folds.map(({ name }) => [name, { derived: 0, evicted: 0 }]));
  const countOf = (fold: Fold) => counts.get(fold.name) as { derived: number; evicted: number };
  /** When the last batch was received: it is no later than that for a fold that lags behind. */
  let received = 0;
  /** Derived in the transaction under way. */
  const derivedNow: { readonly fold: Fold; readonly tenant: string; readonly record: DerivedRecord }[] = [];
  /** Of the bite under way. */
  const refusals: Refusal[] = [];

  const rest = (spent: number): Promise<void> => {
    const pause = courtesy(spent);
    return pause === 0 ? breathe() : sleep(pause);
  };

  const contextOf = (tenant: string): FoldContext => ({
    confirmation,
    nameOf: (kind, id) => (id === undefined ? undefined : states.nameOf(tenant, kind, id)),
  });

  function apply(fold: Fold, place: Place, step: Step<unknown>, isNew: boolean): void {
    const { keep, derived = [], learned = [] } = step;
    if (keep !== undefined) states.keep(place, keep, isNew);
    else if (!isNew) states.drop(place);
    for (const named of learned) states.learn(place.tenant, named);
    for (const record of derived) derivedNow.push({ fold, tenant: place.tenant, record });
  }

  /** All of `work` in one transaction, and what it derives on its way. */
  function commit(work: () => void, durable = false): void {
    derivedNow.length = 0;
    states.transaction(() => {
      work();
      for (const [tenant, those] of Map.groupBy(derivedNow, (each) => each.tenant))
        states.send(
          tenant,
          those.map(({ record }) => record),
        );
    }, durable);
    for (const { fold } of derivedNow) countOf(fold).derived += 1;
  }

  /** A fold that throws has a bug: that is said, and costs the one event. */
  function attempt<T>(fold: Fold, work: () => T): { readonly value?: T; readonly bug?: string } {
    try {
      return { value: work() };
    } catch (error) {
      log.error('A fold failed.', { fold: fold.name, reason: String(error) });
      return { bug: `the fold ${fold.name} failed: ${error}` };
    }
  }

  /** Folds one row; what went wrong, when the fold has a bug. */
  function foldRow(fold: Fold, { text, ends, tenant }: JournalBatch, index: number): string | undefined {
    const event = decodeRow(text.toString('utf8', ends[index - 1] ?? 0, (ends[index] as number) - 1));
    const record = recordOf(event.raw);
    if (record === undefined) return undefined;
    const key = attempt(fold, () => fold.key({ event, record }));
    if (key.value === undefined) return key.bug;
    const place = { fold: fold.name, tenant, key: key.value };
    const state = states.state(place);
    const step = attempt(fold, () => fold.step(state, { event, record }, contextOf(tenant)));
    if (step.value !== undefined) apply(fold, place, step.value, state === undefined);
    return step.bug;
  }

  /** Ends early when `signal` aborts; the cursor says how far it came. */
  async function foldBatch(batch: JournalBatch, signal: AbortSignal): Promise<void> {
    const { first, count } = batch;
    for (let from = Math.max(0, states.position - first); from < count; ) {
      const to = Math.min(from + looked, count);
      const picked = pick(batch, from, to);
      for (let at = 0; at < picked.length; at += foldedAtOnce) {
        if (signal.aborted) return;
        const some = picked.slice(at, at + foldedAtOnce);
        const next = picked[at + foldedAtOnce]?.index ?? to;
        const began = performance.now();
        commit(() => {
          for (const { fold, index } of some) {
            const reason = foldRow(fold, batch, index);
            if (reason !== undefined) refusals.push({ position: first + index, reason });
          }
          states.advance(first + next);
        });
        await rest(performance.now() - began);
      }
      from = to;
      if (from < count) await breathe();
    }
    received = batch.received;
  }

  /** Resolves with why the journal does not take it; undefined when it has. */
  async function carryOne(outgoing: Outgoing): Promise<string | undefined> {
    const { tenant, records } = outgoing;
    const taken = await accept({
      tenant,
      receiver: 'folds',
      sender: 'gatescope',
      received: clock(),
      body: Buffer.from(records),
      headers: {},
      protocol: json,
    });
    if (!taken.ok) return taken.error.reason;
    if (taken.value.quarantined > 0)
      log.warn('Derived events went to quarantine.', { tenant, events: taken.value.quarantined });
    states.sent(outgoing);
    return undefined;
  }

  /** Empties the outbox. */
  async function carryAll(): Promise<string | undefined> {
    for (;;) {
      const some = states.outgoing(carriedAtOnce);
      if (some.length === 0) return undefined;
      const reason = (await Promise.all(some.map(carryOne))).find((why) => why !== undefined);
      if (reason !== undefined) return reason;
    }
  }
  let carrying: Promise<string | undefined> = Promise.resolve(undefined);
  /** One after the other: what is under way must not be carried twice. */
  const carry = (): Promise<string | undefined> => {
    carrying = carrying.then(carryAll, carryAll);
    return carrying;
  };

  function endSome(fold: Fold, now: number): number {
    const ended = states.ended(fold.name, now, endedAtOnce);
    if (ended.length === 0) return 0;
    commit(() => {
      for (const { state, until, ...place } of ended) {
        const step = attempt(fold, () => fold.expire(state, until, contextOf(place.tenant)));
        apply(fold, place, step.value ?? {}, false);
      }
    }, true);
    return ended.length;
  }

  function evict(fold: Fold): void {
    const tooMany = states.keys(fold.name) - fold.most;
    if (tooMany <= 0) return;
    states.transaction(() => {
      countOf(fold).evicted += states.evict(fold.name, tooMany);
    }, true);
    log.warn('A fold has too many keys; those that end first are given up.', {
      fold: fold.name,
      keys: tooMany,
    });
  }

  const consumer: Consumer = {
    name: 'folds',
    scope: { allTenants: true },
    async deliver(batches, { signal }): Promise<Delivery> {
      for (const batch of batches) await foldBatch(batch, signal);
      const reason = signal.aborted ? 'The server stops.' : await carry();
      if (reason !== undefined) return { kind: 'retry', reason };
      return refusals.length > 0 ? { kind: 'rejected', refusals: refusals.splice(0) } : delivered;
    },
  };

  return {
    consumer,
    cursor: {
      get position() {
        return states.position;
      },
      get note() {
        return states.note;
      },
      async save(position, note) {
        states.transaction(() => states.advance(position, note));
      },
    },
    async tick() {
      const now = states.position >= journal.end ? clock() : received;
      for (const fold of folds) {
        while (endSome(fold, now) === endedAtOnce) await breathe();
        evict(fold);
      }
      const reason = await carry();
      if (reason !== undefined) throw new Error(reason);
    },
    figures: () => folds.map((fold) => ({ fold: fold.name, keys: states.keys(fold.name), ...countOf(fold) })),
  };
}

/** Undefined for what is no JSON object: such a row is nobody's. */
function recordOf(raw: string): GatewayRecord | undefined {
  if (!raw.startsWith('{')) return undefined;
  try {
    return JSON.parse(raw) as GatewayRecord;
  } catch {
    return undefined;
  }
}
