/**
 * Time as the top bar speaks it: relative (`now-6h`) or RFC 3339, in a named zone. Milliseconds since 1970 in memory;
 * the microseconds of an event are kept as text, which a number of milliseconds would lose.
 */

const minute = 60_000;
const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: minute,
  h: 60 * minute,
  d: 24 * 60 * minute,
  w: 7 * 24 * 60 * minute,
};

export interface Preset {
  readonly label: string;
  readonly from: string;
}
export const presets: readonly Preset[] = [
  { label: 'Last 5 minutes', from: 'now-5m' },
  { label: 'Last 15 minutes', from: 'now-15m' },
  { label: 'Last hour', from: 'now-1h' },
  { label: 'Last 6 hours', from: 'now-6h' },
  { label: 'Last 24 hours', from: 'now-24h' },
  { label: 'Last 7 days', from: 'now-7d' },
  { label: 'Last 30 days', from: 'now-30d' },
  { label: 'Last 90 days', from: 'now-90d' },
];

export const isRelative = (text: string): boolean => text.startsWith('now');

/** Milliseconds since 1970, or undefined when the text is no time. */
export function resolveTime(text: string, now: number): number | undefined {
  const relative = /^now(?:([+-])(\d+)([smhdw]))?$/.exec(text);
  if (relative !== null) {
    const [, sign, amount, unit] = relative;
    if (unit === undefined) return now;
    return now + (sign === '-' ? -1 : 1) * Number(amount) * (units[unit] as number);
  }
  if (/^\d{12,}$/.test(text)) return Number(text);
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

const parts = new Map<string, Intl.DateTimeFormat>();
function wall(time: number, zone: string): Record<string, string> {
  let format = parts.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    parts.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(time).map((part) => [part.type, part.value]));
}

/** Minutes that the wall clock of a zone is ahead of UTC at a time. */
export function zoneOffset(time: number, zone: string): number {
  const w = wall(time, zone);
  const asUtc = Date.UTC(+w.year!, +w.month! - 1, +w.day!, +w.hour!, +w.minute!, +w.second!);
  return Math.round((asUtc - Math.floor(time / 1000) * 1000) / minute);
}

/** `UTC`, `UTC+01:00`, `UTC−03:30`. */
export function zoneLabel(time: number, zone: string): string {
  const offset = zoneOffset(time, zone);
  if (offset === 0) return 'UTC';
  const size = Math.abs(offset);
  const two = (value: number) => String(value).padStart(2, '0');
  return `UTC${offset < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `2026-11-21 14:58:03.123`; milliseconds only when asked. */
export function formatTime(time: number | string, zone: string, precise = true): string {
  const millis = typeof time === 'number' ? time : Date.parse(time);
  if (Number.isNaN(millis)) return String(time);
  const w = wall(millis, zone);
  const whole = `${w.year}-${w.month}-${w.day} ${w.hour}:${w.minute}:${w.second}`;
  return precise ? `${whole}.${String(Math.floor(millis) % 1000).padStart(3, '0')}` : whole;
}

/** The label of a bucket on an axis: as much of the time as the step needs. */
export function formatBucket(time: number, step: number, zone: string): string {
  const w = wall(time, zone);
  if (step >= 24 * 60 * minute) return `${w.month}-${w.day}`;
  if (w.hour === '00' && w.minute === '00') return `${w.month}-${w.day}`;
  return step >= minute ? `${w.hour}:${w.minute}` : `${w.hour}:${w.minute}:${w.second}`;
}

/** `2026-11-21 14:58[:03[.123]]` on the wall clock of `zone` → milliseconds since 1970, or undefined. */
export function parseWallTime(text: string, zone: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d{1,6})?)?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minutes = '0', second = '0', fraction = '0'] = match;
  const asUtc =
    Date.UTC(+year!, +month! - 1, +day!, +hour, +minutes, +second) + Math.round(Number(fraction) * 1000);
  // The offset depends on the instant sought; asked twice it settles on either side of a change of the clock.
  const guess = asUtc - zoneOffset(asUtc, zone) * minute;
  return asUtc - zoneOffset(guess, zone) * minute;
}

/** What a person types for a bound → what the URL holds, or undefined when it is no time. */
export function readBound(text: string, zone: string): string | undefined {
  const trimmed = text.trim();
  const time = parseWallTime(trimmed, zone);
  if (time !== undefined) return new Date(time).toISOString();
  return resolveTime(trimmed, 0) === undefined ? undefined : trimmed;
}

/** The words of a range: `Last hour`, or its bounds in the zone. */
export function describeRange(from: string, to: string, zone: string): string {
  const preset = to === 'now' ? presets.find((candidate) => candidate.from === from) : undefined;
  if (preset !== undefined) return preset.label;
  const word = (bound: string) => (isRelative(bound) ? bound : formatTime(bound, zone, false));
  const [start, end] = [word(from), word(to)];
  return start.slice(0, 10) === end.slice(0, 10) && !isRelative(from)
    ? `${start} – ${end.slice(11)}`
    : `${start} – ${end}`;
}

/** The range moved by half its length (`by` −1 back, 1 forward), or doubled around its middle (`by` 0). */
export function stepRange(
  from: string,
  to: string,
  by: -1 | 0 | 1,
  now: number,
): { from: string; to: string } {
  const start = resolveTime(from, now) ?? now - 60 * minute;
  const end = resolveTime(to, now) ?? now;
  const half = (end - start) / 2;
  const moved = by === 0 ? [start - half, end + half] : [start + by * half, end + by * half];
  return { from: new Date(moved[0] as number).toISOString(), to: new Date(moved[1] as number).toISOString() };
}
