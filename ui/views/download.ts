/** Data as a file on the person's machine. */
import type { Timeline } from '../charts/timeline.ts';

// A cell that begins like a formula is one for a spreadsheet (OWASP, CSV injection).
const cell = (value: string | number | null): string => {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Rows as CSV (RFC 4180). */
export const csv = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** The buckets in UTC, one column a series, numbers unshortened in the unit of the timeline. */
export function timelineCsv(timeline: Timeline): string {
  return csv([
    ['time', ...timeline.series.map((series) => series.label)],
    ...timeline.times.map((time, bucket) => [
      new Date(time).toISOString(),
      ...timeline.series.map((series) => series.values[bucket] ?? null),
    ]),
  ]);
}

export function download(name: string, content: string | Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(typeof content === 'string' ? new Blob([content]) : content);
  link.download = name.replace(/[^\w.-]+/g, '-').toLowerCase();
  link.click();
  URL.revokeObjectURL(link.href);
}
