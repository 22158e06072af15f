/** A small memory of answers just looked up, so that a busy token costs no query a request. */
import type { Clock } from '../core/ports.ts';

export interface Recent<V> {
  /**
   * The remembered answer, or that of `look`, remembered unless it is undefined. An answer that was being looked up
   * while `forget` was called is looked up again: whoever asks gets none from before.
   */
  get(key: string, look: () => Promise<V | undefined>): Promise<V | undefined>;
  /** Forgets everything: changes are rare, and the next question asks anew. */
  forget(): void;
}

/** Remembers each answer for `life` microseconds, the newest `size` of them. */
export function createRecent<V>(options: {
  readonly clock: Clock;
  readonly life: number;
  readonly size: number;
}): Recent<V> {
  const { clock, life, size } = options;
  const answers = new Map<string, { readonly value: V; readonly until: number }>();
  let generation = 0;
  return {
    async get(key, look) {
      const known = answers.get(key);
      if (known !== undefined && clock() < known.until) return known.value;
      answers.delete(key);
      let asked: number;
      let value: V | undefined;
      do {
        asked = generation;
        value = await look();
      } while (asked !== generation);
      if (value === undefined) return value;
      const oldest = answers.keys().next();
      if (answers.size >= size && oldest.done === false) answers.delete(oldest.value);
      answers.set(key, { value, until: clock() + life });
      return value;
    },
    forget() {
      generation++;
      answers.clear();
    },
  };
}
