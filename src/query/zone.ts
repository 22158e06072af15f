/**
 * Wall clocks: instants (milliseconds since 1970) to local time in a named zone and back, by the platform's own time
 * zone data. A local time that a change of clocks skips is the moment of the change; one that happens twice is the
 * first of the two.
 */

export interface Zone {
  readonly name: string;
  /**
   * Milliseconds that local time is ahead of UTC at that instant; whole seconds. Before the year 1 and after 9999 it is
   * that of the nearest instant between.
   */
  offsetAt(instant: number): number;
  /** The instant of a local time, given as if it were UTC. NaN for NaN. */
  instantOf(local: number): number;
}

const dayMs = 86_400_000;
/** No zone changes its clocks twice within a day: offsets are looked up day by day. */
const chunkMs = dayMs;
const mostChunks = 20_000;
/** Two days within the years 1 to 9999, so that local time is too. */
const earliest = Date.UTC(2000, 0, 1) - 730_117 * dayMs;
const latest = Date.UTC(9999, 11, 30);

/** The offset before and from the change on, which is at the end of a chunk that has none. */
interface Chunk {
  readonly change: number;
  readonly before: number;
  readonly after: number;
}

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
    });
  } catch {
    return undefined;
  }

  /** Of a whole second. */
  function asked(instant: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    // `Date.UTC` takes the years up to 99 for those of the last century.
    return (
      new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000 - instant
    );
  }

  const known = new Map<number, Chunk>();
  const ends = new Map<number, number>();

  function endOf(number: number): number {
    const cached = ends.get(number);
    if (cached !== undefined) return cached;
    if (ends.size >= mostChunks) ends.clear();
    const offset = asked(number * chunkMs);
    ends.set(number, offset);
    return offset;
  }

  function chunkOf(number: number): Chunk {
    const cached = known.get(number);
    if (cached !== undefined) return cached;
    const [before, after] = [endOf(number), endOf(number + 1)];
    let low = number * chunkMs;
    let change = low + chunkMs;
    // Clocks change on a whole second.
    while (before !== after && change - low > 1000) {
      const middle = low + Math.floor((change - low) / 2000) * 1000;
      if (asked(middle) === before) low = middle;
      else change = middle;
    }
    if (known.size >= mostChunks) known.clear();
    const chunk = { change, before, after };
    known.set(number, chunk);
    return chunk;
  }

  function offsetAt(instant: number): number {
    if (Number.isNaN(instant)) return 0;
    const within = Math.min(Math.max(instant, earliest), latest);
    const { change, before, after } = chunkOf(Math.floor(within / chunkMs));
    return within < change ? before : after;
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
