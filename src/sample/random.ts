/**
 * Seeded randomness for sample traffic and benchmarks: the same seed gives the same events on every machine.
 * Not for secrets.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  below(below: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Log-normal around `median`; `spread` is the standard deviation of the logarithm. */
  around(median: number, spread: number): number;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for made-up traffic and fast. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    around: (median, spread) =>
      median * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    hex: (digits) => {
      let text = '';
      while (text.length < digits) text += below(0x10000).toString(16).padStart(4, '0');
      return text.slice(0, digits);
    },
  };
}

/** Draws places 0 … count-1 with probability proportional to 1 / (place + 1)^skew (Zipf), from a table of 4 096. */
export function createZipf(count: number, skew: number): (random: Random) => number {
  const weights = Array.from({ length: count }, (_, place) => 1 / (place + 1) ** skew);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const table = new Uint16Array(4096);
  let place = 0;
  let reached = (weights[0] as number) / total;
  for (let slot = 0; slot < table.length; slot++) {
    while ((slot + 0.5) / table.length > reached && place < count - 1) {
      place += 1;
      reached += (weights[place] as number) / total;
    }
    table[slot] = place;
  }
  return (random) => table[random.below(table.length)] as number;
}
