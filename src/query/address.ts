/**
 * Internet addresses as 128 bits: version 4 lies in ::ffff:0:0/96, as the engine's IPv6 type has it, so that one
 * comparison serves both. Strict: what the engine would not read as an address is none here either.
 */

/** 32 lower-case hexadecimal digits, or undefined when `text` is not an address. */
export function addressBits(text: string): string | undefined {
  const four = fourBytes(text);
  if (four !== undefined) return `00000000000000000000ffff${four}`;
  return text.includes(':') ? sixteenBytes(text) : undefined;
}

/** First and last address of a CIDR block, or undefined when `text` is none. */
export function network(text: string): { readonly from: string; readonly to: string } | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const bits = addressBits(match[1] as string);
  const isFour = !(match[1] as string).includes(':');
  const length = Number(match[2]);
  if (bits === undefined || length > (isFour ? 32 : 128)) return undefined;
  const host = BigInt(isFour ? 32 - length : 128 - length);
  const from = (BigInt(`0x${bits}`) >> host) << host;
  const to = from | ((1n << host) - 1n);
  const hex = (value: bigint): string => value.toString(16).padStart(32, '0');
  return { from: hex(from), to: hex(to) };
}

/** The text of 128 bits as an IPv6 address without abbreviation. */
export const addressText = (bits: string): string => (bits.match(/.{4}/g) as string[]).join(':');

function fourBytes(text: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let hex = '';
  for (const part of match.slice(1)) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    hex += Number(part).toString(16).padStart(2, '0');
  }
  return hex;
}

function sixteenBytes(text: string): string | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half, index) => hexGroups(half, index === halves.length - 1));
  const [head, tail] = groups;
  if (head === undefined || groups.includes(undefined)) return undefined;
  if (halves.length === 1) return head.length === 8 ? head.join('') : undefined;
  const missing = 8 - head.length - (tail as string[]).length;
  return missing < 1
    ? undefined
    : [...head, ...Array<string>(missing).fill('0000'), ...(tail as string[])].join('');
}

/** Four bytes in decimal may stand at the very end. */
function hexGroups(text: string, atEnd: boolean): string[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: string[] = [];
  for (const [index, part] of parts.entries()) {
    const four = atEnd && index === parts.length - 1 ? fourBytes(part) : undefined;
    if (four !== undefined) groups.push(four.slice(0, 4), four.slice(4));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(part.toLowerCase().padStart(4, '0'));
    else return undefined;
  }
  return groups;
}
