/** Derives events from events: what the folds remember in the data folder, and the consumer that they are. */
import type { Journal } from '../core/journal.ts';
import type { Named } from '../core/named.ts';
import { Running } from '../core/running.ts';
import { openDeadLetters } from '../delivery/dead-letters.ts';
import { type DeliveryStatus, startDelivery } from '../delivery/deliver.ts';
import { createFolding, type Folding, type FoldingOptions } from './folding.ts';
import { openFoldStates } from './states.ts';

/** Folds take what there is within this time (milliseconds), at most so much. */
const bite = { events: 20_000, bytes: 16_000_000, wait: 200 };

export interface DerivingOptions extends Omit<FoldingOptions, 'states' | 'journal'> {
  /** The data folder. */
  readonly data: string;
  readonly journal: Journal;
}

export interface Deriving extends Pick<Folding, 'tick' | 'figures'> {
  readonly status: DeliveryStatus;
  /** Learns names that a gateway was asked for. */
  learn(tenant: string, names: readonly Named[]): void;
  /** Copies what the folds remember into a file. */
  copyTo(path: string): Promise<void>;
  /** Forgets what was remembered of a tenant. */
  forget(tenant: string): void;
  /** Resolves when the folds have finished what they were doing. */
  stop(): Promise<void>;
}

/** Starts at once, in the background. Rejects when the states cannot be opened. */
export async function startDeriving(options: DerivingOptions): Promise<Deriving> {
  const { data, journal, clock, log } = options;
  const running = new Running();
  try {
    const states = openFoldStates(data, log);
    running.push(async () => states.close());
    if (states.position > journal.end) {
      log.error('The folds were taken along a journal that is no longer here; they go on from its end.', {
        position: states.position,
        end: journal.end,
      });
      states.transaction(() => states.advance(journal.end));
    }
    const folding = createFolding({ ...options, states });
    const { consumer, cursor, tick, figures } = folding;
    const deadLetters = await openDeadLetters(data, consumer.name);
    running.push(() => deadLetters.close());
    const delivery = startDelivery({ consumer, cursor, journal, deadLetters, bite, clock, log });
    running.push(() => delivery.stop());
    return {
      get status() {
        return delivery.status;
      },
      tick,
      figures,
      learn: (tenant, names) => states.learnAll(tenant, names),
      copyTo: (path) => states.copyTo(path),
      forget: (tenant) => states.forget(tenant),
      stop: () => running.unwind(log),
    };
  } catch (error) {
    await running.unwind(log);
    throw error;
  }
}
