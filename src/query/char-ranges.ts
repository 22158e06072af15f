/** Sets of characters as ranges of code points, for regular expressions. */

/** Inclusive code point ranges, sorted and apart. */
export type Ranges = readonly (readonly [number, number])[];

/** The highest code point. */
export const last = 0x10ffff;

const range = (from: string, to: string): readonly [number, number] => [from.charCodeAt(0), to.charCodeAt(0)];
const digit: Ranges = [range('0', '9')];
const word: Ranges = [range('0', '9'), range('A', 'Z'), range('_', '_'), range('a', 'z')];
const space: Ranges = [
  [9, 10],
  [12, 13],
  [32, 32],
];
/** What `\t` and its like stand for. */
export const controls: Readonly<Record<string, Ranges>> = {
  t: [[9, 9]],
  n: [[10, 10]],
  r: [[13, 13]],
  f: [[12, 12]],
};

export function tidy(ranges: Ranges): Ranges {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && from <= previous[1] + 1) previous[1] = Math.max(previous[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function complement(ranges: Ranges): Ranges {
  const rest: [number, number][] = [];
  let from = 0;
  for (const [low, high] of ranges) {
    if (low > from) rest.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= last) rest.push([from, last]);
  return rest;
}

/** With the other case of every letter from A to Z. */
export function fold(ranges: Ranges): Ranges {
  const other = (low: number, high: number, shift: number): Ranges =>
    ranges.flatMap(([from, to]) => {
      const start = Math.max(from, low);
      const end = Math.min(to, high);
      return start <= end ? [[start + shift, end + shift] as const] : [];
    });
  return tidy([...ranges, ...other(65, 90, 32), ...other(97, 122, -32)]);
}

/** What `\d` and its like stand for. */
export const classes: Readonly<Record<string, Ranges>> = {
  d: digit,
  D: complement(digit),
  w: word,
  W: complement(word),
  s: space,
  S: complement(space),
};
