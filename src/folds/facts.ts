/** Facts that come in any order and more than once: the latest word on each holds, whatever came first. */

/** By name: the value, and when it was said. Survives JSON. */
export type Facts = Readonly<Record<string, readonly [value: unknown, time: number]>>;

const isLater = (value: unknown, time: number, held: Facts[string] | undefined): boolean =>
  held === undefined ||
  time > held[1] ||
  // Said at the same moment: one of them, always the same.
  (time === held[1] && JSON.stringify(value) > JSON.stringify(held[0]));

/** `facts` with what was `said` at `time`, without what is undefined; the very same when nothing is new. */
export function merged(facts: Facts, said: Readonly<Record<string, unknown>>, time: number): Facts {
  const later = Object.entries(said).filter(
    ([name, value]) => value !== undefined && isLater(value, time, facts[name]),
  );
  if (later.length === 0) return facts;
  return { ...facts, ...Object.fromEntries(later.map(([name, value]) => [name, [value, time] as const])) };
}

/** The value of a fact. */
export const factOf = (facts: Facts, name: string): unknown => facts[name]?.[0];

/** When it was said. */
export const timeOf = (facts: Facts, name: string): number | undefined => facts[name]?.[1];
