/** What holds for every record and every vocabulary: it lands somewhere, in one place, and the same each time. */
import { existsSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decoded, EventType, GatewayRecord } from '../core/spec.ts';
import { createRecordReading } from '../ingest/read-record.ts';
import { createRedaction } from '../ingest/redaction/redact.ts';
import { fallback, vocabularies } from './index.gen.ts';
import { linesOf } from './reading.fixture.ts';

const bugs: unknown[] = [];
const readRecord = createRecordReading({
  vocabularies,
  fallback,
  redaction: createRedaction(),
  hash: (text) => BigInt(text.length),
  largest: 4_000_000,
  onBug: (error, type: EventType) => bugs.push({ error, type: type.name }),
});
const decoded = (line: string): Decoded => ({ bytes: Buffer.from(line), line: 1, byte: 0 });
const readText = (line: string, vocabulary?: string) =>
  readRecord(decoded(line), 0, {
    tenant: 'default',
    received: 1_795_265_400_000_000,
    vocabulary,
    placeName: (_, index) => `place-${index}`,
  });
const claimsOf = (record: GatewayRecord) =>
  vocabularies.filter(({ recognise }) => recognise(record) !== undefined).map(({ name }) => name);

const examples = [...vocabularies, fallback].flatMap(({ types }) => types.map(({ example }) => example));
/** Names and values that mean something to somebody, in records that mean nothing. */
const names = [...new Set(examples.flatMap(Object.keys))];
const values = examples.flatMap(Object.values);
const anyValue = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...values));
const strange = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), anyValue, { maxKeys: 12 });
/** An example of which some members have become something else. */
const bent = fc
  .tuple(fc.constantFrom(...examples), strange, fc.array(fc.constantFrom(...names)))
  .map(([example, other, dropped]): GatewayRecord => {
    const record: Record<string, unknown> = { ...example };
    for (const name in other)
      if (Object.hasOwn(example, name) || dropped.length > 3) record[name] = other[name];
    for (const name of dropped) delete record[name];
    return record;
  });
const anyRecord = fc.oneof(strange, bent);

describe('any JSON object', () => {
  it('becomes one event, or goes to quarantine with the reason', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        bugs.length = 0;
        const result = readText(JSON.stringify(record));
        expect(bugs).toEqual([]);
        if ('cells' in result) expect(result.type).not.toBe('');
        else
          expect([result.reason, result.problem.path]).toEqual(['invalid-field', expect.stringMatching(/./)]);
      }),
      { numRuns: 300 },
    );
  });

  it('is read the same each time, and left as it was', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const text = JSON.stringify(record);
        for (const { recognise, types } of [...vocabularies, fallback]) {
          const copy = JSON.parse(text) as GatewayRecord;
          const type = recognise(copy);
          if (type === undefined) continue;
          expect(types).toContain(type);
          const first = type.normalise(copy);
          expect(JSON.stringify(copy)).toBe(text);
          expect(type.normalise(JSON.parse(text) as GatewayRecord)).toEqual(first);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('does not become another event for what was read before it', () => {
    fc.assert(
      fc.property(anyRecord, fc.constantFrom(...examples), (record, before) => {
        if (claimsOf(record).length > 1) return;
        const text = JSON.stringify(record);
        const first = readText(text);
        readText(JSON.stringify(before));
        expect(readText(text)).toEqual(first);
      }),
      { numRuns: 100 },
    );
  });
});

describe('any line', () => {
  const lines = ['nginx', 'envoy', 'traefik', 'haproxy', 'apache'].flatMap((name) =>
    linesOf(`${name}/lines.log`),
  );
  const cutOrJoined = fc
    .tuple(fc.constantFrom(...lines), fc.constantFrom(...lines), fc.nat(200), fc.nat(200), fc.string())
    .map(([one, other, end, start, between]) => one.slice(0, end) + between + other.slice(start));

  it('becomes one event, or goes to quarantine with the reason', () => {
    fc.assert(
      fc.property(cutOrJoined, fc.constantFrom(undefined, ...vocabularies), (line, vocabulary) => {
        bugs.length = 0;
        const result = readText(line, vocabulary?.name);
        expect(bugs).toEqual([]);
        expect('cells' in result || result.problem.reason !== '').toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('that several servers write alike is NGINX’s, unless its sender says whose it is', () => {
    const [line = ''] = linesOf('nginx/lines.log');
    const readers = [undefined, 'nginx', 'apache', 'envoy'].map((named) => readText(line, named));
    expect(readers).toMatchObject(
      ['nginx', 'nginx', 'apache', 'nginx'].map((vocabulary) => ({ vocabulary })),
    );
  });

  it('is read by one vocabulary at most when its sender names none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...lines), cutOrJoined), (line) => {
        const readers = vocabularies.filter(({ parseLine }) => parseLine?.(line, false) !== undefined);
        expect(readers.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });
});

const folder = new URL('../../test/fixtures/', import.meta.url);
const files = [...vocabularies, fallback]
  .filter(({ name }) => existsSync(new URL(name, folder)))
  .flatMap(({ name }) =>
    readdirSync(new URL(name, folder))
      .filter((file) => /\.(ndjson|log)$/.test(file))
      .map((file) => ({ name, file: `${name}/${file}` })),
  );

describe.each(files)('each record of $file', ({ name, file }) => {
  it('is recognised by its own vocabulary alone, and refused by none', () => {
    for (const line of linesOf(file)) {
      const result = readText(line);
      expect(result).toMatchObject({ vocabulary: name });
      if ('cells' in result && result.bytes.toString().startsWith('{'))
        expect(claimsOf(JSON.parse(result.bytes.toString()) as GatewayRecord)).toEqual(
          name === fallback.name ? [] : [name],
        );
    }
  });
});
