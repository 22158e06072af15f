/** Numbers as people write them in a filter: plain, or with a unit of the field they are compared with. */
import type { Unit } from '../core/event.ts';

const plain = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A decimal number; undefined for anything else (no hexadecimal, no blanks, no Infinity). */
export function plainNumber(text: string): number | undefined {
  if (!plain.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const scales: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  us: { us: 1, µs: 1, μs: 1, ms: 1e3, s: 1e6, m: 60e6, min: 60e6, h: 3600e6, d: 86_400e6 },
  By: {
    b: 1,
    kb: 1e3,
    mb: 1e6,
    gb: 1e9,
    tb: 1e12,
    kib: 2 ** 10,
    mib: 2 ** 20,
    gib: 2 ** 30,
    tib: 2 ** 40,
  },
};

/** The units that `unit` understands, for messages. */
export const unitsOf = (unit: Unit): string =>
  unit === 'us' ? 'us, ms, s, m, h, d' : 'B, kB, MB, GB, KiB, MiB, GiB';

/** `text` in the base unit (microseconds, bytes): `250ms` is 250000. Without a suffix it is in the base unit already. */
export function amount(text: string, unit: Unit | undefined): number | undefined {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-zµμ]*)$/.exec(text);
  const number = match === null ? undefined : plainNumber(match[1] as string);
  if (match === null || number === undefined) return undefined;
  if (match[2] === '') return number;
  if (unit === undefined) return undefined;
  const suffix = unit === 'By' ? (match[2] as string).toLowerCase() : (match[2] as string);
  const scale = Object.hasOwn(scales[unit], suffix) ? scales[unit][suffix] : undefined;
  // Rounded to a thousandth of the base unit, so that 0.29MB is 290000 and not a hair beside it.
  return scale === undefined ? undefined : Math.round(number * scale * 1000) / 1000;
}
