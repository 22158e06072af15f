/**
 * Points in time as webMethods writes them: milliseconds since 1970 in most records, and in text the intervals of
 * PerformanceData (`02 Aug 2017 10:51:31 GMT`) and the events of older releases (`2017-08-09 01:27:45 AM`).
 */
import { microsFrom, microsFromMillis } from '../times.ts';

const inWords = /^\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const halfDays = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [AP]M$/;

/** Microseconds since 1970; a text without an offset is taken for UTC, undefined when it is no time. */
export function microsOfDate(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 ? microsFromMillis(value) : undefined;
  const micros = microsFrom(value);
  if (micros !== undefined || typeof value !== 'string') return micros;
  const millis = inWords.test(value)
    ? Date.parse(value)
    : halfDays.test(value)
      ? Date.parse(`${value} UTC`)
      : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis * 1000;
}
