/**
 * Wall clocks: instants (milliseconds since 1970) to local time in a named zone and back, by the platform's own time
 * zone data. A local time that a change of clocks skips is the moment of the change; one that happens twice is the
 * first of the two.
 */

export interface Zone {
  readonly name: string;
  /** Milliseconds that local time is ahead of UTC at that instant. */
  offsetAt(instant: number): number;
  /** The instant of a local time, given as if it were UTC. */
  instantOf(local: number): number;
}

const dayMs = 86_400_000;

/** Undefined when the platform knows no zone of that name. */
export function openZone(name: string): Zone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    });
  } catch {
    return undefined;
  }
  const known = new Map<number, number>();

  function offsetAt(instant: number): number {
    // Clocks change on a quarter of an hour at the earliest, so one look-up serves a quarter.
    const quarter = Math.floor(instant / 900_000);
    const cached = known.get(quarter);
    if (cached !== undefined) return cached;
    const start = quarter * 900_000;
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(start)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - start;
    if (known.size > 20_000) known.clear();
    known.set(quarter, offset);
    return offset;
  }

  function instantOf(local: number): number {
    const before = offsetAt(local - dayMs);
    const after = offsetAt(local + dayMs);
    const candidates = [local - before, local - after].filter((at) => at + offsetAt(at) === local);
    if (candidates.length > 0) return Math.min(...candidates);
    let low = local - Math.max(before, after);
    let high = local - Math.min(before, after);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (middle + offsetAt(middle) < local) low = middle;
      else high = middle;
    }
    return high;
  }

  return { name, offsetAt, instantOf };
}
