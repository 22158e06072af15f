/**
 * Fills the store from the journal: begins when the store is prepared, and begins anew whenever its engine was
 * restarted. Before it begins, the store is asked what it has; once nothing is in doubt, and now and then later, the
 * sums are compared.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../core/journal.ts';
import type { RowCounts } from '../core/row-counts.ts';
import {
  type DeliveryOptions,
  type DeliveryStatus,
  type RunningDelivery,
  startDelivery,
  uncounted,
} from '../delivery/deliver.ts';
import type { OpenJournal } from '../journal/journal.ts';
import type { Absences } from './absences.ts';
import { type Comparison, compareSums, firstLacking, reconcile } from './reconcile.ts';
import { type Store, StoreRefused } from './store.ts';

/**
 * An insert begins with so many events, bytes or milliseconds, whichever comes first. Under load it waits longer: each
 * insert becomes a part, and fewer and larger ones take less to merge.
 */
const bite = { events: 20_000, bytes: 32 * 1024 * 1024, wait: 400, waitUnderLoad: 700 };

/** Milliseconds until a failed begin is tried again. */
const retryAfter = 5_000;

export interface Filling {
  readonly status: DeliveryStatus;
  /** Rows that neither the store nor the journal has, ever. */
  readonly lost: RowCounts;
  /** The last comparison of sums; undefined before the first. */
  readonly compared: Comparison | undefined;
  /** Asks the store again what it has, and fills it anew where it lacks what the journal has. */
  check(): Promise<void>;
  /** For who removes rows: nothing is compared meanwhile. */
  exclusively<T>(act: () => Promise<T>): Promise<T>;
  /** Resolves when the writer has finished what it was doing. */
  stop(): Promise<void>;
}

export interface FillingOptions extends Omit<DeliveryOptions, 'bite' | 'journal' | 'lost'> {
  readonly store: Store;
  readonly journal: OpenJournal;
  readonly absences: Absences;
  /** Called once with what was found to be lost. */
  readonly onLost?: (rows: RowCounts) => void;
}

/** Starts at once, in the background. A store that is refused is said in the log and in the status. */
export function startFilling(options: FillingOptions): Filling {
  const { store, journal, cursor, consumer, absences, clock, log, onLost } = options;
  const parts = { client: store.client, journal, cursor, absences, clock, log };
  let delivery: RunningDelivery | undefined;
  let compared: Comparison | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  let reason = 'The store is being prepared.';
  const lost = (): RowCounts => {
    const rows = journal.lost;
    rows.addAll(absences.lost);
    return rows;
  };

  async function begin(): Promise<void> {
    await delivery?.stop();
    delivery = undefined;
    await store.prepared;
    if (stopped) return;
    reason = 'The store is asked what it holds.';
    const before = lost();
    await reconcile(parts);
    const gone = lost().exceeding(before);
    if (gone.total > 0) {
      log.error('Events are lost: neither the store nor the journal has them.', {
        events: gone.total,
      });
      onLost?.(gone);
    }
    if (stopped) return;
    delivery = startDelivery({ ...options, bite, lost });
    void compareWhenSettled(delivery);
  }

  /** A disk that is full, or a store that does not answer, is waited for; one that is refused is not. */
  async function beginSoon(): Promise<void> {
    try {
      await begin();
    } catch (error) {
      if (!stopped && !(error instanceof StoreRefused)) retry = setTimeout(again, retryAfter).unref();
      throw error;
    }
  }

  async function compareWhenSettled(running: RunningDelivery): Promise<void> {
    while (running === delivery && !stopped && !running.status.recovered) await sleep(200);
    await inTurn(async () => {
      if (running === delivery && !stopped) await compare();
    });
  }

  async function compare(): Promise<void> {
    const found = await compareSums(parts);
    if (found === undefined) return;
    compared = found;
    if (found.lost.total > 0) onLost?.(found.lost);
    delivery?.restateLost();
  }

  let turn: Promise<void> = Promise.resolve();
  /** One act after the other; a failure is said. */
  function inTurn(act: () => Promise<void>): Promise<void> {
    turn = turn.then(act).catch((error: unknown) => {
      if (stopped) return;
      reason = String(error);
      log.error('The store cannot be filled or compared.', { reason });
    });
    return turn;
  }
  const again = (): Promise<void> => inTurn(beginSoon);
  const forget = store.onRestart(() => void again());
  void again();

  return {
    get status() {
      return delivery?.status ?? waiting(consumer.name, journal, cursor.position, reason);
    },
    get lost() {
      return lost();
    },
    get compared() {
      return compared;
    },
    check: () =>
      inTurn(async () => {
        if (delivery === undefined || stopped || !delivery.status.recovered) return;
        if ((await firstLacking(parts, cursor.position)) === undefined) await compare();
        else await beginSoon();
      }),
    exclusively(act) {
      const done = turn.then(act);
      turn = done.then(
        () => {},
        () => {},
      );
      return done;
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      forget();
      await delivery?.stop();
    },
  };
}

const waiting = (name: string, journal: Journal, position: number, reason: string): DeliveryStatus => ({
  name,
  position,
  ...uncounted(journal.end - position),
  lag: 0,
  recovered: false,
  state: 'failing',
  reason,
});
