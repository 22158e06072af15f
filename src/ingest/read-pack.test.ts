import { expect, test } from 'vitest';
import type { Vocabulary } from '../core/spec.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { createPackReading } from './read-pack.ts';
import { createRedaction } from './redaction/redact.ts';

const facts = {
  tenant: 'default',
  received: 1_795_000_000_000_000,
  vocabulary: undefined,
  place: { unique: 'u', source: undefined, idempotencyKey: undefined, replayOf: undefined },
};
const reading = (known: readonly Vocabulary[]) =>
  createPackReading({
    vocabularies: known,
    fallback,
    redaction: createRedaction(),
    hash: (text) => BigInt(text.length),
    largest: 100_000,
    onBug: (error) => expect.fail(String(error)),
  });
const record = (text: string) => ({ bytes: Buffer.from(text), line: 1, byte: 0 });

test('the rows of a pack lie side by side, and those of the refused are empty', () => {
  const read = reading(vocabularies)(
    [record('{"n":1}'), record('{"n":'), record(`{"n":"${'\t'.repeat(3_000)}x\\n"}`)].map((each, index) => ({
      ...each,
      id: `id-${index}`,
    })),
    7,
    facts,
  );
  const rows = Array.from(read.ends, (end, index) =>
    read.rows.toString('utf8', read.ends[index - 1] ?? 0, end),
  );
  expect(rows[0]).toMatch(/^id-0\t.*\{"n":1\}\n$/);
  expect(rows[1]).toBe('');
  expect(read.ids).toEqual(['id-0', '', '']);
  expect([...read.refused.keys()]).toEqual([1, 2]);
});

test('rows that are longer than their records by far have room all the same', () => {
  const names = Array.from({ length: 100 }, (_, n) => `"n${n}":"${"'".repeat(100)}"`).join();
  const read = reading([])([record(`{${names}}`), record(`{${names},"last":1}`)], 0, facts);
  expect(read.refused.size).toBe(0);
  expect(read.rows.length).toBeGreaterThan(2 * names.length);
  expect(read.rows.toString().split('\n')).toHaveLength(3);
});
