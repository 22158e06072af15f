/**
 * A JSON value as a small file with a CRC-32 of its text on a second line, so that a flipped bit is noticed. Files of
 * older programs have no second line.
 */
import { crc32 } from 'node:zlib';

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

export function encodeChecked(value: unknown): Buffer {
  const text = JSON.stringify(value);
  return Buffer.from(`${text}\n${sumOf(text)}\n`);
}

/** Undefined when it is no JSON, its sum is wrong, or it `is` not what it should be. */
export function decodeChecked<T>(bytes: Buffer, is: (value: unknown) => value is T): T | undefined {
  const [text = '', sum = ''] = bytes.toString().split('\n');
  if (sum !== '' && sum !== sumOf(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
