/** What a value looks like, where its name alone does not say whether it is a secret. */
import { mark } from './spans.ts';

/** Whether a value is nothing to hide: empty, a dash, or redacted before. */
export function isBlank(bytes: Buffer, start: number, end: number): boolean {
  if (end - start === mark.length && bytes.toString('latin1', start, end) === mark) return true;
  for (let at = start; at < end; at++) if (bytes[at] !== 0x2d) return false;
  return true;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const table = (characters: string): Uint8Array => {
  const allowed = new Uint8Array(256);
  for (const character of characters) allowed[character.charCodeAt(0)] = 1;
  return allowed;
};
/** Of credentials (RFC 7235, token68). */
const token68 = table(`${alphabet}-._~+/=`);
/** Of Base64, its slashes escaped or not. */
const base64 = table(`${alphabet}+/=\\`);

function isMadeOf(allowed: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (allowed[bytes[at] as number] === 0) return false;
  return true;
}

const hyphen = 0x2d;
const uuidLength = 36;
const isUuid = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start === uuidLength && [8, 13, 18, 23].every((place) => bytes[start + place] === hyphen);

/** Ids that are made to be shown, such as OpenZiti's, are shorter, or UUIDs. */
const shortestToken = 32;

/** Whether the text between `start` and `end` is long and dense enough to be a credential, and no UUID. */
export const isToken = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= shortestToken && isMadeOf(token68, bytes, start, end) && !isUuid(bytes, start, end);

/** The shortest that can hold a secret: of `pwd=x`. */
const shortestBase64 = 8;

/** What the text between `start` and `end` is in Base64; undefined when it is something else. */
export function fromBase64(bytes: Buffer, start: number, end: number): Buffer | undefined {
  if (end - start < shortestBase64 || !isMadeOf(base64, bytes, start, end)) return undefined;
  return Buffer.from(bytes.toString('latin1', start, end), 'base64');
}
