/** Which positions were given out, as far as the store and its cursor know: the journal must not give them again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../core/ports.ts';
import type { DeliveryCursor } from '../delivery/consumer.ts';
import { noteOf } from '../delivery/deliver.ts';
import { storedEnd } from './reconcile.ts';
import type { Store } from './store.ts';

/** How long a store that does not answer is waited for (milliseconds); the cursor knows the same but for damage. */
const patience = 10_000;

/** Rejects when the store cannot be opened at all. */
export async function takenTo(opening: Promise<Store>, cursor: DeliveryCursor, log: Log): Promise<number> {
  const store = await opening;
  const noted = Math.max(cursor.position, noteOf(cursor.note).begun?.end ?? 0);
  const late = new AbortController();
  const asked = store.prepared
    .then(() => storedEnd(store.client))
    .catch((error: unknown) => {
      log.warn('The store cannot say what it holds; the cursor is believed.', { reason: String(error) });
      return 0;
    });
  const waited = sleep(patience, 0, { signal: late.signal }).catch(() => 0);
  const held = await Promise.race([asked, waited]);
  late.abort();
  return Math.max(noted, held);
}
