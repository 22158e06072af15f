/**
 * Takes a consumer along the journal: cursor, bites, retries with growing waits, a breaker, dead letters, and the
 * count that must come out even: journalled = delivered + pending + dead-lettered + expired + lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultOf } from '../core/fault.ts';
import type { Journal, JournalBatch, Range } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { RowCounts } from '../core/row-counts.ts';
import { Account, type Figures, type SavedAccount, type TenantFigures } from './account.ts';
import type {
  Consumer,
  Delivery,
  DeliveryContext,
  DeliveryCursor,
  DeliveryNote,
  Refusal,
} from './consumer.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { type Bite, gather } from './gather.ts';

export interface DeliveryOptions {
  readonly consumer: Consumer;
  readonly journal: Journal;
  readonly cursor: DeliveryCursor;
  readonly deadLetters: DeadLetters;
  readonly bite: Bite;
  /** Of a consumer that knows which of its events are lost. */
  readonly lost?: () => RowCounts;
  readonly clock: Clock;
  readonly log: Log;
}

/** The figures are those of all tenants that it sees, over all time; 0 until they are counted. */
export interface DeliveryStatus extends Figures {
  readonly name: string;
  /** It has everything before this position, durably. */
  readonly position: number;
  readonly pending: number;
  readonly tenants: readonly TenantFigures[];
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
  /** To be called when more is known to be lost. */
  restateLost(): void;
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
  let account = new Account({
    journal,
    scope: consumer.scope,
    knowsLost: options.lost !== undefined,
  });
  let isCounted = false;
  let failures = 0;
  /** When the oldest event under way was taken in. */
  let oldest: number | undefined;
  let state: DeliveryStatus['state'] = 'running';
  let reason: string | undefined;

  const doubtfulTo = noteOf(cursor.note).begun?.end ?? 0;

  const context: DeliveryContext = {
    get begun() {
      return noteOf(cursor.note).begun;
    },
    begin: (range: Range) =>
      cursor.save(cursor.position, {
        begun: { ...range, end: Math.max(range.end, context.begun?.end ?? 0) },
        account: account.saved(),
      }),
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
  const settle = async (
    batches: readonly JournalBatch[],
    outcome: Delivery,
    hasGone: boolean,
  ): Promise<void> => {
    const refusals = outcome.kind === 'rejected' ? outcome.refusals : [];
    const letters = lettersOf(batches, refusals, clock());
    while (!signal.aborted) {
      try {
        await deadLetters.keep(letters);
        const end = endOf(batches);
        const next = account.copy();
        next.settle(batches, refusals);
        const gone = hasGone ? await next.pass(end) : 0;
        const { begun } = context;
        await cursor.save(end, {
          // A range that was begun and does not fit into one bite stays in doubt until its end.
          ...(begun !== undefined && begun.end > end ? { begun } : {}),
          account: next.saved(),
        });
        account = next;
        restateLost();
        sayGone(gone);
      } catch (error) {
        await failed(`The progress could not be kept: ${error}`);
        continue;
      }
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

  const sayGone = (events: number): void => {
    if (events > 0)
      log.error('Events were gone from the journal before they were delivered.', {
        consumer: consumer.name,
        events,
      });
  };

  const restateLost = (): void => {
    if (isCounted && options.lost !== undefined) account.restateLost(options.lost());
  };

  /** A cursor in a gap goes to its end, as nothing comes from it. */
  const leaveGap = async (): Promise<void> => {
    while (!signal.aborted) {
      const { position } = cursor;
      const gap = journal.gaps.find(({ first, end }) => first <= position && position < end);
      if (gap === undefined) return;
      const { begun } = context;
      try {
        const next = account.copy();
        const gone = await next.pass(gap.end);
        await cursor.save(gap.end, {
          ...(begun !== undefined && begun.end > gap.end ? { begun } : {}),
          account: next.saved(),
        });
        account = next;
        restateLost();
        sayGone(gone);
      } catch (error) {
        await failed(`The progress could not be kept: ${error}`);
      }
    }
  };

  const run = async (): Promise<void> => {
    await account.open(cursor.position, noteOf(cursor.note).account);
    isCounted = true;
    await leaveGap();
    restateLost();
    let next = cursor.position;
    const bites = gather(journal.subscribe(consumer.scope, next, signal), options.bite);
    while (!signal.aborted) {
      const batches = await bites.next(context.begun?.end);
      const first = batches?.[0];
      if (batches === undefined || first === undefined) break;
      // Of one tenant's events the positions between belong to others.
      const hasGone = 'allTenants' in consumer.scope ? isGappy(batches, next) : journal.oldest > next;
      next = endOf(batches);
      if (next === first.first) continue;
      oldest = first.received;
      const outcome = await deliver(batches);
      if (outcome !== undefined) await settle(batches, outcome, hasGone);
      await leaveGap();
      next = Math.max(next, cursor.position);
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
        ...(isCounted ? totalOf(account.all()) : uncounted(journal.end - cursor.position)),
        lag: oldest === undefined ? 0 : Math.max(0, clock() - oldest) / 1e6,
        recovered: cursor.position >= doubtfulTo,
        state,
        ...(reason === undefined ? {} : { reason }),
      };
    },
    restateLost,
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

type Counted = Figures & Pick<DeliveryStatus, 'pending' | 'tenants'>;

/** Before it is known what became of which. */
export const uncounted = (pending: number): Counted => ({
  pending: Math.max(0, pending),
  delivered: 0,
  deadLettered: 0,
  expired: 0,
  lost: 0,
  tenants: [],
});

function totalOf(tenants: readonly TenantFigures[]): Counted {
  const sum = (name: keyof Figures | 'pending'): number =>
    tenants.reduce((total, figures) => total + figures[name], 0);
  return {
    pending: sum('pending'),
    delivered: sum('delivered'),
    deadLettered: sum('deadLettered'),
    expired: sum('expired'),
    lost: sum('lost'),
    tenants,
  };
}

/** Whether the journal no longer had positions from `from` on, or had them only damaged. */
function isGappy(batches: readonly JournalBatch[], from: number): boolean {
  let next = from;
  for (const { first, count } of batches) {
    if (first > next) return true;
    next = first + count;
  }
  return false;
}

/** What an older program noted is not believed; then the consumer is asked again what it has. */
export function noteOf(note: unknown): DeliveryNote {
  if (typeof note !== 'object' || note === null) return {};
  const { begun, account } = note as { readonly begun?: Partial<Range>; readonly account?: SavedAccount };
  const { first, end } = begun ?? {};
  return {
    begun: typeof first === 'number' && typeof end === 'number' ? { first, end } : undefined,
    account: typeof account?.to === 'number' ? account : undefined,
  };
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
