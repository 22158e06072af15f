/** How people write durations, sizes and shares in settings, and the numbers the program works with. */

const microseconds: Readonly<Record<string, number>> = {
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
  d: 86_400e6,
};

const bytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const scaled = (text: string, scales: Readonly<Record<string, number>>): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim());
  const scale = scales[match?.[2]?.toLowerCase() ?? ''];
  return match === null || scale === undefined ? undefined : Math.round(Number(match[1]) * scale);
};

/** `250ms`, `30s`, `15m`, `24h`, `30d` as microseconds; undefined for anything else. */
export const parseDuration = (text: string): number | undefined => scaled(text, microseconds);

/** `512B`, `64MB` (10^6), `64MiB` (2^20), or plain digits, as bytes; undefined for anything else. */
export const parseSize = (text: string): number | undefined =>
  /^\d+$/.test(text.trim()) ? Number(text) : scaled(text, bytes);

/** `20%` or `0.2` as a number from 0 to 1; undefined for anything else. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  if (match === null) return undefined;
  const share = Number(match[1]) / (match[2] === '%' ? 100 : 1);
  return share <= 1 ? share : undefined;
}
