/** For tests of vocabularies: the committed records of a gateway, and what an event type makes of one. */
import { readFileSync } from 'node:fs';
import type { GatewayRecord, Normalised, Vocabulary } from '../core/spec.ts';

const folder = new URL('../../test/fixtures/', import.meta.url);

/** The lines of `test/fixtures/<file>`. */
export const linesOf = (file: string): string[] =>
  readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');

/** The records of `test/fixtures/<file>`, one JSON object a line. */
export const recordsOf = (file: string): GatewayRecord[] =>
  linesOf(file).map((line) => JSON.parse(line) as GatewayRecord);

/** What `vocabulary` makes of a record, which must be its own. */
export function read(vocabulary: Vocabulary, record: GatewayRecord): Normalised {
  const type = vocabulary.recognise(record);
  if (type === undefined) throw new Error(`not recognised by ${vocabulary.name}`);
  return type.normalise(record);
}

/** The same of a line, `named` when its sender says whose it is. */
export function readLine(vocabulary: Vocabulary, line: string, named = false): Normalised {
  const record = vocabulary.parseLine?.(line, named);
  if (record === undefined) throw new Error(`not a line of ${vocabulary.name}`);
  return read(vocabulary, record);
}
