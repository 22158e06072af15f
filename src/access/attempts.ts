/** Failed sign-ins, counted by who tries: a bucket for each key that refills with time. */
import type { Clock } from '../core/ports.ts';

export interface Attempts {
  /** Seconds to wait before `key` may try again; 0 when it may now. */
  wait(key: string): number;
  /** Takes one from the bucket; called before the outcome is known, so that many tries at once do not slip through. */
  tried(key: string): void;
  /** Gives the one back: the try was no failure. */
  succeeded(key: string): void;
}

const maximumKeys = 10_000;

/** `burst` failures at once, then one every `interval` microseconds. Bounded: the keys longest untouched go first. */
export function createAttempts(options: {
  readonly clock: Clock;
  readonly burst: number;
  readonly interval: number;
}): Attempts {
  const { clock, burst, interval } = options;
  // The time at which a key's bucket will be full again: no failure is remembered beyond it.
  const fullAt = new Map<string, number>();
  return {
    wait(key) {
      const over = (fullAt.get(key) ?? 0) - clock() - (burst - 1) * interval;
      return over <= 0 ? 0 : Math.ceil(over / 1e6);
    },
    tried(key) {
      const next = Math.max(fullAt.get(key) ?? 0, clock()) + interval;
      fullAt.delete(key);
      const oldest = fullAt.keys().next();
      if (fullAt.size >= maximumKeys && oldest.done === false) fullAt.delete(oldest.value);
      fullAt.set(key, next);
    },
    succeeded(key) {
      const next = fullAt.get(key);
      if (next !== undefined) fullAt.set(key, next - interval);
    },
  };
}
