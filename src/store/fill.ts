/**
 * Fills the store from the journal: begins when the store is prepared, and begins anew whenever its engine was
 * restarted, because a part that a crash tore is written again from the journal.
 */
import type { Journal } from '../core/journal.ts';
import {
  type DeliveryOptions,
  type DeliveryStatus,
  type RunningDelivery,
  startDelivery,
} from '../delivery/deliver.ts';
import { rewriteDetached } from './detached.ts';
import type { Store } from './store.ts';

/**
 * An insert begins with so many events, bytes or milliseconds, whichever comes first. Under load it waits longer: each
 * insert becomes a part, and fewer and larger ones take less to merge.
 */
const bite = { events: 20_000, bytes: 32 * 1024 * 1024, wait: 400, waitUnderLoad: 700 };

export interface Filling {
  readonly status: DeliveryStatus;
  /** Resolves when the writer has finished what it was doing. */
  stop(): Promise<void>;
}

export type FillingOptions = Omit<DeliveryOptions, 'bite'> & { readonly store: Store };

/** Starts at once, in the background. A store that is refused is said in the log and in the status. */
export function startFilling(options: FillingOptions): Filling {
  const { store, journal, cursor, deadLetters, consumer, log } = options;
  let delivery: RunningDelivery | undefined;
  let stopped = false;
  let reason = 'The store is being prepared.';

  async function begin(): Promise<void> {
    await delivery?.stop();
    delivery = undefined;
    await store.prepared;
    if (stopped) return;
    await rewriteDetached(store.client, journal, cursor, log);
    if (!stopped) delivery = startDelivery({ ...options, bite });
  }

  let turn: Promise<void> = Promise.resolve();
  const again = (): void => {
    turn = turn.then(begin).catch((error: unknown) => {
      if (stopped) return;
      reason = String(error);
      log.error('The store cannot be filled.', { reason });
    });
  };
  const forget = store.onRestart(again);
  again();

  return {
    get status() {
      return delivery?.status ?? waiting(consumer.name, journal, cursor.position, deadLetters.count, reason);
    },
    async stop() {
      stopped = true;
      forget();
      await delivery?.stop();
    },
  };
}

const waiting = (
  name: string,
  journal: Journal,
  position: number,
  deadLettered: number,
  reason: string,
): DeliveryStatus => ({
  name,
  position,
  pending: Math.max(0, journal.end - Math.max(position, journal.oldest)),
  delivered: 0,
  deadLettered,
  expired: 0,
  lag: 0,
  recovered: false,
  state: 'failing',
  reason,
});
