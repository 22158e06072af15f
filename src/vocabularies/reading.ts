/**
 * Reads the fields of a record whose kinds are not to be trusted: what is not there, null, empty, a gateway's `--` or
 * -1, or of another kind than expected, is undefined.
 */
import type { GatewayRecord, Normalised } from '../core/spec.ts';

const nothing: GatewayRecord = Object.freeze({});

/** The members of an object; none when it is something else. */
export const objectOf = (value: unknown): GatewayRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as GatewayRecord) : nothing;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Text; numbers are written out. `-` and `--` are how gateways write nothing. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value === '-' || value === '--' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

export function textsOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((item): item is string => typeof item === 'string' && item !== '');
  return texts.length === 0 ? undefined : texts;
}

/** A number, also one written as text; negative ones mean "unknown". */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number !== Number.POSITIVE_INFINITY
    ? number
    : undefined;
}

/** Microseconds of a length of time in milliseconds. */
export function microsOf(milliseconds: unknown): number | undefined {
  const number = numberOf(milliseconds);
  return number === undefined ? undefined : Math.round(number * 1000);
}

/** Microseconds of a length of time in seconds. */
export function microsOfSeconds(seconds: unknown): number | undefined {
  const number = numberOf(seconds);
  return number === undefined ? undefined : Math.round(number * 1e6);
}

/** Microseconds of a length of time in nanoseconds. */
export function microsOfNanos(nanoseconds: unknown): number | undefined {
  const number = numberOf(nanoseconds);
  return number === undefined ? undefined : Math.round(number / 1000);
}

/** An HTTP status; 0 and 000 stand for none. */
export function statusOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number >= 100 && number <= 999 ? number : undefined;
}

export const flagOf = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined;

/** Whether a text is an address rather than a name: it begins with a digit, or has the colons of IPv6. */
export const isAddress = (text: string | undefined): text is string =>
  text !== undefined && (/^\d/.test(text) || /^\[?[0-9a-f]*:/i.test(text));

/**
 * The address of `203.0.113.24:51422`, `/203.0.113.24:51422` or `[2001:db8::1]:443`, without slash and port. IPv6
 * without brackets has no port, unless it is written out in full and something follows.
 */
export function addressOf(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const bare = text.slice(text.lastIndexOf('/') + 1);
  const bracket = bare.indexOf(']');
  if (bare.startsWith('[') && bracket > 0) return bare.slice(1, bracket);
  const port = bare.lastIndexOf(':');
  if (bare.indexOf(':') !== port && bare.split(':').length !== 9) return bare;
  return port > 0 ? bare.slice(0, port) : bare;
}

/** Scheme, host and path with query of a URL; of a relative one only the path; nothing of what is no text. */
export function urlParts(url: unknown): { scheme?: string; host?: string; path?: string } {
  if (typeof url !== 'string' || url === '') return {};
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(url);
  if (match === null) return { path: url };
  return { scheme: match[1] as string, host: match[2] as string, path: match[3] || '/' };
}

/** The columns of an event where undefined stands for absent, as it does for everything behind `normalise`. */
export type Columns = { readonly [Name in keyof Normalised]: Normalised[Name] | undefined } & {
  readonly time: number | undefined;
};

/** `columns` as what an event type answers; members that are undefined count as absent there. */
export const filled = (columns: Columns): Normalised => columns as Normalised;
