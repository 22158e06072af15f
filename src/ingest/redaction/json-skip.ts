/** Ways over the bytes of JSON without building it; what is not JSON is walked over as well as it goes. */

/** Lists and objects inside each other. No gateway nests like that, and what reads a record may go by recursion. */
export const deepest = 128;

export const quote = 0x22;
export const backslash = 0x5c;
export const colon = 0x3a;
export const openObject = 0x7b;
export const openList = 0x5b;

export const Bracket = { none: 0, open: 1, close: 2 } as const;
export const brackets = new Uint8Array(256);
for (const character of '{[') brackets[character.charCodeAt(0)] = Bracket.open;
for (const character of '}]') brackets[character.charCodeAt(0)] = Bracket.close;

/** Past the string whose opening quote is at `at`. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  for (let next = at + 1; next < end; next++) {
    const byte = bytes[next] as number;
    if (byte === quote) return next + 1;
    if (byte === backslash) next++;
  }
  return end;
}

/** Past the value at `at`: a string, a list or object with all that is in it, or a run of anything else. */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === quote) return skipString(bytes, at, end);
  let depth = 0;
  for (let next = at; next < end; ) {
    const byte = bytes[next] as number;
    if (byte === quote) {
      if (depth === 0) return next;
      next = skipString(bytes, next, end);
      continue;
    }
    const bracket = brackets[byte];
    if (bracket === Bracket.open) depth++;
    else if (bracket === Bracket.close) {
      if (depth === 0) return next;
      if (--depth === 0) return next + 1;
    } else if (depth === 0 && (byte === 0x2c || byte <= 0x20)) return next;
    next++;
  }
  return end;
}

/** Whether the first character but white space is one that JSON begins with. */
export function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes[skipSpace(bytes, 0, bytes.length)];
  return first === openObject || first === openList || first === quote;
}

export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && (bytes[next] as number) <= 0x20) next++;
  return next;
}
