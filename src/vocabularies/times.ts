/**
 * Points in time as senders write them, as microseconds since 1970 UTC: RFC 3339 with any number of fraction digits,
 * the form of NGINX, Apache and HAProxy, and numbers in seconds, milliseconds, microseconds or nanoseconds told by
 * their size.
 */

/** Fastest way for what is known to be milliseconds since 1970. */
export const microsFromMillis = (value: unknown): number | undefined =>
  typeof value === 'number' ? value * 1000 : microsFrom(value);

/** A text without an offset is taken for UTC. Undefined when it is no time. */
export function microsFrom(value: unknown): number | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string' || value === '') return undefined;
  return fromDigits(value) ?? fromRfc3339(value) ?? fromAccessLog(value);
}

/** Below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds. */
function fromNumber(value: number): number | undefined {
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) return undefined;
  if (value < 1e11) return Math.round(value * 1e6);
  if (value < 1e14) return Math.round(value * 1e3);
  return value < 1e17 ? Math.round(value) : Math.round(value / 1e3);
}

function fromDigits(text: string): number | undefined {
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  // Nanoseconds have more digits than a number can hold.
  return text.length >= 18 && !text.includes('.') ? Number(text.slice(0, -3)) : fromNumber(Number(text));
}

/** The digits behind a second's point. */
const microsOfFraction = (digits: string): number => Number(digits.slice(0, 6).padEnd(6, '0'));

const rfc3339 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s*(?:(Z)|([+-]\d\d):?(\d\d)?)?$/i;

function fromRfc3339(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction = '', , hours, minutes = '00'] = match;
  const millis = Date.parse(`${date}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
  return Number.isNaN(millis) ? undefined : millis * 1000 + microsOfFraction(fraction);
}

const accessLog = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d)(?:\.(\d+))?(?: ([+-]\d\d)(\d\d))?$/;
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** `21/Nov/2026:12:49:48 +0000`, and HAProxy's `21/Nov/2026:12:49:48.254`. */
function fromAccessLog(text: string): number | undefined {
  const match = accessLog.exec(text);
  if (match === null) return undefined;
  const [, day, name = '', year, time, fraction = '', hours = '+00', minutes = '00'] = match;
  const month = String(months.indexOf(name) / 3 + 1).padStart(2, '0');
  const millis = Date.parse(`${year}-${month}-${day}T${time}${hours}:${minutes}`);
  return Number.isNaN(millis) ? undefined : millis * 1000 + microsOfFraction(fraction);
}
