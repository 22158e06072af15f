/** How long-lived things are stopped, and how chores are repeated. */
import type { Log } from './ports.ts';

/** What was started, to be stopped in the reverse order; one that fails does not keep the others running. */
export class Running {
  readonly #stops: (() => Promise<unknown>)[] = [];

  push(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  async unwind(log: Log): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      await stop().catch((error: unknown) =>
        log.error('Something did not stop cleanly.', { reason: String(error) }),
      );
    }
  }
}

export interface Chore {
  readonly name: string;
  readonly work: () => Promise<unknown>;
  /** Milliseconds. */
  readonly every: number;
}

/**
 * Does the work again and again, never twice at once. A failure is said once, and again only after it has worked in
 * between. Resolves the returned function's promise when the work under way has ended.
 */
export function repeat({ name, work, every }: Chore, log: Log): () => Promise<void> {
  let busy: Promise<void> | undefined;
  let failing = false;
  const once = async (): Promise<void> => {
    try {
      await work();
      failing = false;
    } catch (error) {
      if (!failing) log.warn('A chore failed and is tried again.', { chore: name, reason: String(error) });
      failing = true;
    }
  };
  const timer = setInterval(() => {
    busy ??= once().finally(() => {
      busy = undefined;
    });
  }, every);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await busy;
  };
}
