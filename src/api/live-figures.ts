/** The live figures of one tenant: sums of what was received since the last sample, and how many calls overlapped. */
import Type, { type Static } from 'typebox';
import type { Measured } from './measured.ts';

export const LiveSample = Type.Object({
  time: Type.String({ description: 'When the sample was taken, RFC 3339.' }),
  requestsPerSecond: Type.Number({ description: 'By time of receipt, as all of these.' }),
  bytesInPerSecond: Type.Number(),
  bytesOutPerSecond: Type.Number(),
  duration: Type.Union([Type.Number(), Type.Null()], {
    description: 'Mean milliseconds a request; null when no request was received.',
  }),
  overhead: Type.Union([Type.Number(), Type.Null()], {
    description: 'Mean milliseconds spent in the gateway itself.',
  }),
  concurrent: Type.Number({
    description:
      'Requests that were under way at the same time, on average over the second that began at `concurrentAt`.',
  }),
  concurrentAt: Type.String({
    description: 'Delayed: a gateway reports a request when it has ended, or later.',
  }),
  totals: Type.Object(
    {
      events: Type.Number(),
      requests: Type.Number(),
      bytesIn: Type.Number(),
      bytesOut: Type.Number(),
      since: Type.String({ description: 'When this server started, RFC 3339.' }),
    },
    { description: 'What this server has received.' },
  ),
});
export type LiveSample = Static<typeof LiveSample>;

// A request is reported when it has ended, and exporters send in batches: so late is concurrency told (seconds).
const delay = 10;
// Longer requests count for their last minute; what ended earlier than this before now is history (seconds).
const longest = 60;
const history = 30;
const clocksApart = 5;
// More than all of them, so that no second meets another in its slot.
const ring = 128;

export interface LiveFigures {
  /** Always: the totals. With `watched` the rest too. */
  add(event: Measured, watched: boolean): void;
  /** The sample of the time since the one before it. Times in microseconds. */
  sample(now: number): LiveSample;
  /** Forgets what is half gathered: somebody begins to watch. */
  begin(now: number): void;
}

const rfc3339 = (micros: number): string => new Date(micros / 1000).toISOString();
const mean = (sum: number, count: number): number | null => (count === 0 ? null : sum / count / 1000);

export function createLiveFigures(since: number): LiveFigures {
  const totals = { events: 0, requests: 0, bytesIn: 0, bytesOut: 0 };
  const nothing = { requests: 0, bytesIn: 0, bytesOut: 0, duration: 0, timed: 0, overhead: 0, measured: 0 };
  let sums = { ...nothing };
  let last = since;
  // Microseconds of requests under way in each second, and which second that is.
  const busy = new Float64Array(ring);
  const seconds = new Float64Array(ring).fill(-1);

  function overlap(end: number, duration: number, weight: number): void {
    if (end > last + clocksApart * 1e6 || end < last - history * 1e6) return;
    const start = Math.max(end - duration, end - longest * 1e6);
    for (let second = Math.floor(start / 1e6); second * 1e6 < end; second++) {
      const slot = second % ring;
      if (seconds[slot] !== second) {
        seconds[slot] = second;
        busy[slot] = 0;
      }
      const within = Math.min(end, (second + 1) * 1e6) - Math.max(start, second * 1e6);
      busy[slot] = (busy[slot] ?? 0) + within * weight;
    }
  }

  return {
    add({ family, weight, bytesIn = 0, bytesOut = 0, duration, overhead, time }, watched) {
      totals.events += weight;
      if (family !== 'traffic') return;
      totals.requests += weight;
      totals.bytesIn += bytesIn * weight;
      totals.bytesOut += bytesOut * weight;
      if (!watched) return;
      sums.requests += weight;
      sums.bytesIn += bytesIn * weight;
      sums.bytesOut += bytesOut * weight;
      if (duration !== undefined) {
        sums.duration += duration * weight;
        sums.timed += weight;
        overlap(time, duration, weight);
      }
      if (overhead !== undefined) {
        sums.overhead += overhead * weight;
        sums.measured += weight;
      }
    },
    begin(now) {
      sums = { ...nothing };
      last = now;
    },
    sample(now) {
      const elapsed = Math.max(now - last, 1) / 1e6;
      const second = Math.floor(now / 1e6) - delay;
      const sample = {
        time: rfc3339(now),
        requestsPerSecond: sums.requests / elapsed,
        bytesInPerSecond: sums.bytesIn / elapsed,
        bytesOutPerSecond: sums.bytesOut / elapsed,
        duration: mean(sums.duration, sums.timed),
        overhead: mean(sums.overhead, sums.measured),
        concurrent: seconds[second % ring] === second ? (busy[second % ring] ?? 0) / 1e6 : 0,
        concurrentAt: rfc3339(second * 1e6),
        totals: { ...totals, since: rfc3339(since) },
      };
      sums = { ...nothing };
      last = now;
      return sample;
    },
  };
}
