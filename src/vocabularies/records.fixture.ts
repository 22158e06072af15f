/** The realistic records of test/fixtures, for the tests of vocabularies. */
import { readdirSync, readFileSync } from 'node:fs';
import type { GatewayRecord, Normalised, Vocabulary } from '../core/spec.ts';

const folder = new URL('../../test/fixtures/', import.meta.url);

/** Names of the files of records that a vocabulary has. */
export const fixtureNames = (vocabulary: string): string[] =>
  readdirSync(new URL(vocabulary, folder))
    .filter((file) => file.endsWith('.ndjson'))
    .map((file) => file.replace('.ndjson', ''));

/** The lines of one file. */
export const fixtureLines = (vocabulary: string, name: string): string[] =>
  readFileSync(new URL(`${vocabulary}/${name}.ndjson`, folder), 'utf8')
    .trim()
    .split('\n');

export const fixture = (vocabulary: string, name: string): GatewayRecord[] =>
  fixtureLines(vocabulary, name).map((line) => JSON.parse(line) as GatewayRecord);

/** Recognises and normalises a record that must be of `vocabulary`. */
export const readerOf =
  (vocabulary: Vocabulary) =>
  (record: GatewayRecord | undefined): Normalised => {
    const type = record === undefined ? undefined : vocabulary.recognise(record);
    if (record === undefined || type === undefined)
      throw new Error(`not recognised: ${JSON.stringify(record)}`);
    return type.normalise(record);
  };
