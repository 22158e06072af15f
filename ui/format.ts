/**
 * Numbers in the words people use: 1.2 k, 3.4 MB, 131 ms, 2.1 s. Units come in UCUM (`us`, `By`, `/s`, `{event}`,
 * `1` for shares), absent ones are plain numbers. Nothing is shown as a dash, never as a zero.
 */
export const nothing = '–';

const short = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return String(Math.round(value));
  if (size >= 1) return String(Math.round(value * 10) / 10);
  return size >= 0.01 ? String(Math.round(value * 100) / 100) : value.toPrecision(1);
};

function scaled(value: number, steps: readonly (readonly [number, string])[], last: string): string {
  const size = Math.abs(value);
  // 0.9995 so that 999 950 reads 1 M and not 1000 k.
  for (const [step, unit] of steps) if (size >= step * 0.9995) return `${short(value / step)} ${unit}`;
  return last === '' ? short(value) : `${short(value)} ${last}`;
}

const counts = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;
const bytes = [
  [1e15, 'PB'],
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
] as const;
const durations = [
  [3.6e9, 'h'],
  [60e6, 'min'],
  [1e6, 's'],
  [1e3, 'ms'],
] as const;

/** 1 234 567 → `1.2 M`. */
export const formatCount = (value: number): string => scaled(value, counts, '');
/** Decimal bytes. */
export const formatBytes = (value: number): string => scaled(value, bytes, 'B');
/** Microseconds. */
export const formatDuration = (value: number): string =>
  value === 0 ? '0 ms' : scaled(value, durations, 'µs');
/** 0.034 → `3.4 %`. */
export const formatShare = (value: number): string => `${short(value * 100)} %`;

/** A number by its UCUM unit, shortened. */
export function formatNumber(value: number | null | undefined, unit?: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return nothing;
  if (unit === 'us') return formatDuration(value);
  if (unit === 'By') return formatBytes(value);
  if (unit === 'By/s') return `${formatBytes(value)}/s`;
  if (unit === '1') return formatShare(value);
  if (unit === '/s' || unit === '{request}/s' || unit === '{event}/s') return `${formatCount(value)}/s`;
  return formatCount(value);
}

/** A whole number in groups of three, parted by thin spaces: 12 340. */
export const formatWhole = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');

/** `1 event`, `12 340 events`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatWhole(count)} ${count === 1 ? one : many}`;

/** The change from one number to another, in percent or as a multiple; nothing where there was nothing. */
export function formatChange(now: number | null, before: number | null): string | undefined {
  if (now === null || before === null || before === 0) return undefined;
  const change = (now - before) / before;
  if (change >= 9) return `×${formatWhole(now / before)}`;
  return `${change > 0 ? '+' : ''}${short(change * 100)} %`;
}

/** A long id shortened in the middle. */
export const shortId = (id: string, length = 16): string =>
  id.length <= length ? id : `${id.slice(0, Math.ceil(length / 2))}…${id.slice(-Math.floor(length / 2) + 1)}`;
