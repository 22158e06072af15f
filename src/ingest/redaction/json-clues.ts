/** What the bytes of a JSON string show while they are passed over: whether it is worth another look. */
import { backslash, quote } from './json-skip.ts';

/** As bits: reasons to look at a string again, or to know it as malformed. `stop`: its end, or an escape. */
export const Seen = { stop: 1, clue: 2, control: 4, escape: 8 } as const;

/** What each byte shows. */
export const seenOf = new Uint8Array(256);
for (let control = 0; control < 0x20; control++) seenOf[control] = Seen.control;
// What no secret in text can be without: parameters and Base64 end in `=`, credentials and key blocks have a space,
// signed tokens begin with `eyJ`, the user part of a URL ends in `@`.
for (const character of '= J@') seenOf[character.charCodeAt(0)] = Seen.clue;
seenOf[quote] = Seen.stop;
seenOf[backslash] = Seen.stop;

const letterU = 0x75;
let last = 0;

/** What the last {@link pastEscapes} has seen. Not answered with its place: that would be an object for each string. */
export const endSeen = (): number => last;

/** Goes on from the backslash at `start` to the quote that ends the string, or to `end` and more. */
export function pastEscapes(bytes: Uint8Array, start: number, end: number): number {
  let seen = 0;
  let at = start;
  while (at < end && bytes[at] === backslash) {
    at++;
    seen |= Seen.escape;
    // Behind an escape a quote may begin JSON, and any character may hide.
    if (bytes[at] === quote || bytes[at] === letterU) seen |= Seen.clue;
    while (++at < end) {
      const bit = seenOf[bytes[at] as number] as number;
      if (bit === Seen.stop) break;
      seen |= bit;
    }
  }
  last = seen;
  return at;
}

export function hasEscape(bytes: Uint8Array, at: number, end: number): boolean {
  for (let next = at; next < end; next++) if (bytes[next] === backslash) return true;
  return false;
}
