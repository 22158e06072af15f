/** Moments as people write them: RFC 3339, epoch milliseconds, or relative to now. */
import { fail, ok, type Result } from '../core/result.ts';
import { openZone, type Zone } from './zone.ts';

export interface MomentContext {
  /** Microseconds since 1970. */
  readonly now: number;
  /** For `/d` and its like, and for a date without a time. */
  readonly timezone: string;
}

const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
const relative = /^now((?:[+-]\d{1,9}[smhdwM])*)(?:\/([smhdwM]))?$/;
const expected =
  'expected RFC 3339 (2026-01-31T12:00:00Z), a date (2026-01-31), epoch milliseconds, or relative (now-24h, now/d)';

/** Microseconds since 1970, or what was expected. */
export function parseMoment(moment: string | number, context: MomentContext): Result<number, string> {
  if (typeof moment === 'number') return inRange(Math.round(moment * 1000));
  const text = moment.trim();
  if (/^-?\d{1,16}$/.test(text)) return inRange(Number(text) * 1000);
  const match = rfc3339.exec(text);
  if (match !== null) return absolute(match);
  const zone = openZone(context.timezone);
  if (zone === undefined) return fail(`there is no time zone ${context.timezone}`);
  const steps = relative.exec(text);
  if (steps !== null) return inRange(stepped(context.now, steps, zone));
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const local = Date.parse(`${text}T00:00:00Z`);
    return isDate(text, local) ? inRange(zone.instantOf(local) * 1000) : fail(`there is no day ${text}`);
  }
  return fail(expected);
}

const farthest = Date.UTC(2200, 0, 1) * 1000;
const inRange = (micros: number): Result<number, string> =>
  Number.isFinite(micros) && micros >= 0 && micros <= farthest
    ? ok(micros)
    : fail('a time lies between 1970 and 2200');

const isDate = (day: string, instant: number): boolean =>
  !Number.isNaN(instant) && new Date(instant).toISOString().slice(0, 10) === day;

function absolute([, day, clock, fraction, offset]: RegExpExecArray): Result<number, string> {
  const seconds = clock?.length === 5 ? `${clock}:00` : clock;
  const instant = Date.parse(`${day}T${seconds}${offset?.toUpperCase()}`);
  if (!isDate(day as string, Date.parse(`${day}T00:00:00Z`)) || Number.isNaN(instant))
    return fail(`there is no time ${day} ${clock}`);
  return inRange(instant * 1000 + Number((fraction ?? '').padEnd(6, '0').slice(0, 6)));
}

function stepped(now: number, [, moves, floor]: RegExpExecArray, zone: Zone): number {
  let at = now;
  for (const [, sign, amount, unit] of (moves ?? '').matchAll(/([+-])(\d+)([smhdwM])/g))
    at = shift(at, Number(`${sign}${amount}`), unit as TimeUnit, zone);
  return floor === undefined ? at : floorTo(at, floor as TimeUnit, zone);
}

export type TimeUnit = 's' | 'm' | 'h' | 'd' | 'w' | 'M';
const exact: Readonly<Record<string, number>> = { s: 1e6, m: 60e6, h: 3600e6 };

/** Moves by seconds, minutes and hours of the clock that runs; by days, weeks and months of the calendar on the wall. */
export function shift(micros: number, amount: number, unit: TimeUnit, zone: Zone): number {
  const step = exact[unit];
  if (step !== undefined) return micros + amount * step;
  const instant = Math.floor(micros / 1000);
  const local = instant + zone.offsetAt(instant);
  const moved = new Date(local);
  if (unit === 'M') {
    const day = moved.getUTCDate();
    moved.setUTCDate(1);
    moved.setUTCMonth(moved.getUTCMonth() + amount);
    const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
    moved.setUTCDate(Math.min(day, lastDay));
  } else moved.setUTCDate(moved.getUTCDate() + amount * (unit === 'w' ? 7 : 1));
  return zone.instantOf(moved.getTime()) * 1000 + (micros - instant * 1000);
}

/** Start of the minute, hour, day, week (Monday) or month that holds the moment. */
export function floorTo(micros: number, unit: TimeUnit, zone: Zone): number {
  const instant = Math.floor(micros / 1000);
  const local = instant + zone.offsetAt(instant);
  if (unit === 's' || unit === 'm' || unit === 'h') {
    const step = (exact[unit] as number) / 1000;
    return (instant - (((local % step) + step) % step)) * 1000;
  }
  const date = new Date(local);
  date.setUTCHours(0, 0, 0, 0);
  if (unit === 'w') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (unit === 'M') date.setUTCDate(1);
  return zone.instantOf(date.getTime()) * 1000;
}

/** How far back, such as `90m` or `7d`; undefined when it is not written so. */
export function parseSpan(text: string): { readonly amount: number; readonly unit: TimeUnit } | undefined {
  const match = /^(\d{1,6})([smhdwM])$/.exec(text);
  const amount = Number(match?.[1] ?? 0);
  return match === null || amount === 0 ? undefined : { amount, unit: match[2] as TimeUnit };
}

/** RFC 3339 in UTC: milliseconds, or microseconds where there are any. */
export function momentText(micros: number): string {
  const millis = Math.floor(micros / 1000);
  const rest = micros - millis * 1000;
  const text = new Date(millis).toISOString();
  return rest === 0 ? text : text.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

/** RFC 3339 in UTC with six digits, as events have it. */
export function microsText(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros - millis * 1000).padStart(3, '0')}Z`;
}
