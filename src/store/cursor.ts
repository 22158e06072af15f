/**
 * The cursor of a page of events: opaque to its holder, and sealed, as it holds positions. It carries the resolved range, what was asked, the order, the
 * last pair of the page, and where the journal ended at page one, so that later pages show nothing newer.
 */
import { createHash } from 'node:crypto';
import type { Seal } from '../access/seal.ts';

export interface Cursor {
  /** Microseconds. */
  readonly from: number;
  readonly to: number;
  readonly order: 'newest' | 'oldest';
  /** Time and position of the last event shown. */
  readonly last: readonly [number, number];
  /** Position after the newest event that may be shown. */
  readonly end: number;
  /** Fingerprint of tenant and filter: a cursor belongs to the question it was made for. */
  readonly question: string;
}

const version = 1;

export const questionOf = (tenant: string, filter: string): string =>
  createHash('sha256').update(`${tenant}\0${filter}`).digest('base64url').slice(0, 12);

const purpose = 'cursor';

export function writeCursor(
  { from, to, order, last, end, question }: Cursor,
  tenant: string,
  seal: Seal,
): string {
  return seal.text(purpose, tenant, JSON.stringify([version, from, to, order, ...last, end, question]));
}

/** Undefined when it is none of ours. */
export function readCursor(text: string, tenant: string, seal: Seal): Cursor | undefined {
  const opened = seal.openText(purpose, tenant, text);
  if (opened === undefined) return undefined;
  const parts: unknown = JSON.parse(opened);
  if (!Array.isArray(parts) || parts.length !== 8) return undefined;
  const [found, from, to, order, time, position, end, question] = parts as unknown[];
  const numbers = [from, to, time, position, end];
  if (found !== version || (order !== 'newest' && order !== 'oldest') || typeof question !== 'string')
    return undefined;
  if (!numbers.every((number) => Number.isSafeInteger(number) && (number as number) >= 0)) return undefined;
  return { from, to, order, last: [time, position], end, question } as Cursor;
}
