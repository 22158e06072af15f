/**
 * Takes a consumer along the journal: cursor, bites, retries with growing waits, a breaker, dead letters, and the
 * count that must come out even: journalled = delivered + pending + dead-lettered + expired.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultOf } from '../core/fault.ts';
import type { Journal, JournalBatch } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Consumer, Delivery, DeliveryContext, DeliveryCursor, Range, Refusal } from './consumer.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { type Bite, gather } from './gather.ts';

export interface DeliveryOptions {
  readonly consumer: Consumer;
  readonly journal: Journal;
  readonly cursor: DeliveryCursor;
  readonly deadLetters: DeadLetters;
  readonly bite: Bite;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DeliveryStatus {
  readonly name: string;
  /** It has everything before this position, durably. */
  readonly position: number;
  readonly pending: number;
  /** Since this process started. */
  readonly delivered: number;
  /** Kept as dead letters, over all time. */
  readonly deadLettered: number;
  /** Left the journal before the consumer got them, since this process started. */
  readonly expired: number;
  /** Age of the oldest event that is being delivered, in seconds; 0 when none is. */
  readonly lag: number;
  /** Whether all that an earlier process had begun is settled. */
  readonly recovered: boolean;
  /** `failing`: several tries in a row have failed; `reason` says why. */
  readonly state: 'running' | 'failing' | 'stopped';
  readonly reason?: string;
}

export interface RunningDelivery {
  readonly status: DeliveryStatus;
  /** Resolves when the consumer has finished what it was doing; nothing is delivered afterwards. */
  stop(): Promise<void>;
}

/** Failures in a row after which the breaker opens: it is said once, and once when it closes. */
const breakAfter = 5;
const waits = [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** Starts at once and goes on until it is stopped. */
export function startDelivery(options: DeliveryOptions): RunningDelivery {
  const { consumer, journal, cursor, deadLetters, clock, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let handed = 0;
  let expired = 0;
  let failures = 0;
  /** When the oldest event under way was taken in. */
  let oldest: number | undefined;
  let state: DeliveryStatus['state'] = 'running';
  let reason: string | undefined;

  const doubtfulTo = rangeOf(cursor.note)?.end ?? 0;

  const context: DeliveryContext = {
    get begun() {
      return rangeOf(cursor.note);
    },
    begin: (range: Range) =>
      cursor.save(cursor.position, { ...range, end: Math.max(range.end, context.begun?.end ?? 0) }),
    signal,
  };

  const succeeded = (): void => {
    if (state === 'failing') log.info('Delivery works again.', { consumer: consumer.name });
    failures = 0;
    state = 'running';
    reason = undefined;
  };

  const failed = async (why: string, afterMs?: number): Promise<void> => {
    failures += 1;
    reason = why;
    if (failures === breakAfter) {
      state = 'failing';
      log.error('Delivery fails again and again; it goes on trying.', {
        consumer: consumer.name,
        reason: why,
      });
    }
    const wait = Math.max(afterMs ?? 0, waits[Math.min(failures, waits.length) - 1] as number);
    await sleep(wait, undefined, { signal }).catch(() => {});
  };

  /** Until it is delivered or the server stops. An exception is a bug of the consumer: logged, and tried again. */
  const deliver = async (batches: readonly JournalBatch[]): Promise<Delivery | undefined> => {
    while (!signal.aborted) {
      const outcome = await consumer.deliver(batches, context).catch((error: unknown): Delivery => {
        const why = faultOf(error);
        log.error('A consumer threw.', { consumer: consumer.name, reason: why });
        return { kind: 'retry', reason: why };
      });
      if (outcome.kind !== 'retry') return outcome;
      await failed(outcome.reason, outcome.afterMs);
    }
    return undefined;
  };

  /** Makes the outcome durable; a disk that fails is waited for, as the consumer must not be asked again. */
  const settle = async (batches: readonly JournalBatch[], outcome: Delivery): Promise<void> => {
    const refusals = outcome.kind === 'rejected' ? outcome.refusals : [];
    const letters = lettersOf(batches, refusals, clock());
    while (!signal.aborted) {
      try {
        await deadLetters.keep(letters);
        const end = endOf(batches);
        const { begun } = context;
        // A range that was begun and does not fit into one bite stays in doubt until its end.
        await cursor.save(end, begun !== undefined && begun.end > end ? begun : undefined);
      } catch (error) {
        await failed(`The progress could not be kept: ${error}`);
        continue;
      }
      handed += batches.reduce((sum, batch) => sum + batch.count, 0) - refusals.length;
      if (refusals.length > 0) {
        log.warn('Events were refused for good and kept as dead letters.', {
          consumer: consumer.name,
          events: refusals.length,
          reason: refusals[0]?.reason,
        });
      }
      succeeded();
      return;
    }
  };

  const run = async (): Promise<void> => {
    let next = cursor.position;
    const bites = gather(journal.subscribe(consumer.scope, next, signal), options.bite);
    while (!signal.aborted) {
      const batches = await bites.next(context.begun?.end);
      const first = batches?.[0];
      if (batches === undefined || first === undefined) break;
      // Of one tenant's events the positions between belong to others.
      const gone = 'allTenants' in consumer.scope ? missing(batches, next) : 0;
      if (gone > 0) {
        expired += gone;
        log.error('Events left the journal before they were delivered.', {
          consumer: consumer.name,
          events: gone,
        });
      }
      next = endOf(batches);
      if (next === first.first) continue;
      oldest = first.received;
      const outcome = await deliver(batches);
      if (outcome !== undefined) await settle(batches, outcome);
      oldest = undefined;
    }
    await bites.close();
    state = 'stopped';
  };
  const running = run().catch((error: unknown) => {
    state = 'stopped';
    reason = String(error);
    log.error('Delivery has stopped.', { consumer: consumer.name, reason });
  });

  return {
    get status() {
      return {
        name: consumer.name,
        position: cursor.position,
        pending: Math.max(0, journal.end - Math.max(cursor.position, journal.oldest)),
        delivered: handed,
        deadLettered: deadLetters.count,
        expired,
        lag: oldest === undefined ? 0 : Math.max(0, clock() - oldest) / 1e6,
        recovered: cursor.position >= doubtfulTo,
        state,
        ...(reason === undefined ? {} : { reason }),
      };
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const endOf = (batches: readonly JournalBatch[]): number => {
  const last = batches.at(-1) as JournalBatch;
  return last.first + last.count;
};

/** Positions that the journal no longer had, or had only damaged. */
function missing(batches: readonly JournalBatch[], from: number): number {
  let gaps = 0;
  let next = from;
  for (const batch of batches) {
    gaps += Math.max(0, batch.first - next);
    next = batch.first + batch.count;
  }
  return gaps;
}

function rangeOf(note: unknown): Range | undefined {
  if (typeof note !== 'object' || note === null) return undefined;
  const { first, end } = note as Partial<Range>;
  return typeof first === 'number' && typeof end === 'number' ? { first, end } : undefined;
}

function lettersOf(
  batches: readonly JournalBatch[],
  refusals: readonly Refusal[],
  at: number,
): readonly DeadLetter[] {
  return refusals.flatMap(({ position, reason }) => {
    const batch = batches.find(({ first, count }) => first <= position && position < first + count);
    if (batch === undefined) return [];
    const index = position - batch.first;
    const row = batch.text.toString('utf8', index === 0 ? 0 : batch.ends[index - 1], batch.ends[index]);
    return [{ position, tenant: batch.tenant, reason, at, row: row.replace(/\n$/, '') }];
  });
}
