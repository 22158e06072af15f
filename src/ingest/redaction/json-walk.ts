/** Goes through the values of a JSON text in their order and says where each lies, without building any. */
import {
  backslash,
  colon,
  deepest,
  openList,
  openObject,
  quote,
  skipSpace,
  skipString,
  skipValue,
} from './json-skip.ts';

const comma = 0x2c;
const closeList = 0x5d;

/** Names of members and places in lists, from the top. It belongs to the walk and changes as that goes on. */
export type JsonPath = readonly (string | number)[];

/** `from`: where the name of the member begins, or the value itself; `at`: the value. Answers whether to look into it. */
export type Look = (path: JsonPath, from: number, at: number) => boolean;

function nameBetween(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  if (bytes.subarray(start, end).indexOf(backslash) < 0) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/** Stops early, without complaint, where the text is no JSON. Lists and objects deeper than `deepest` are passed over. */
export function walkJson(bytes: Buffer, look: Look): void {
  const end = bytes.length;
  const path: (string | number)[] = [];

  /** Past the value, or the end of the text. */
  function value(from: number, at: number): number {
    const first = bytes[at];
    const isOpen = first === openObject || first === openList;
    if (!look(path, from, at) || !isOpen || path.length >= deepest) return skipValue(bytes, at, end);
    return first === openObject ? members(at + 1) : items(at + 1);
  }

  function members(start: number): number {
    let at = skipSpace(bytes, start, end);
    while (at < end && bytes[at] === quote) {
      const nameEnd = skipString(bytes, at, end);
      const mark = skipSpace(bytes, nameEnd, end);
      if (bytes[mark] !== colon) return end;
      path.push(nameBetween(bytes, at + 1, nameEnd - 1));
      const next = skipSpace(bytes, value(at, skipSpace(bytes, mark + 1, end)), end);
      path.pop();
      if (bytes[next] !== comma) return next + 1;
      at = skipSpace(bytes, next + 1, end);
    }
    return at + 1;
  }

  function items(start: number): number {
    let at = skipSpace(bytes, start, end);
    if (bytes[at] === closeList) return at + 1;
    for (let index = 0; at < end; index++) {
      path.push(index);
      const next = skipSpace(bytes, value(at, at), end);
      path.pop();
      if (bytes[next] !== comma) return next + 1;
      at = skipSpace(bytes, next + 1, end);
    }
    return end;
  }

  const start = skipSpace(bytes, 0, end);
  if (start < end) value(start, start);
}
