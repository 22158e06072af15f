/** How options are read from text; a refusal says what was expected. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../settings/units.ts';

/** A whole number from 1 on. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

/** Microseconds. */
export function readDuration(text: string): number {
  const micros = parseDuration(text);
  if (micros === undefined) throw new InvalidArgumentError('It must be a duration such as 30s, 12h or 30d.');
  return micros;
}

/** Texts parted by commas; the option may be given again to add more. */
export const readList = (text: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  ...text.split(',').map((item) => item.trim()),
];

/** A list of which every item is one of `known`. */
export const readChoices =
  (known: readonly string[]) =>
  (text: string, before: readonly string[] | undefined): string[] => {
    const given = readList(text, before);
    if (given.every((item) => known.includes(item))) return given;
    throw new InvalidArgumentError(`Allowed are ${known.join(', ')}.`);
  };
