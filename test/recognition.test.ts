/** Every realistic record lands where it belongs: claimed once, checked, read without its secrets. */
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { eventOf as asEvent } from '../src/core/row.ts';
import type { GatewayRecord } from '../src/core/spec.ts';
import { createRecordReading } from '../src/ingest/read-record.ts';
import { createRedaction } from '../src/ingest/redaction/redact.ts';
import { fallback, vocabularies } from '../src/vocabularies/index.gen.ts';
import { fixtureLines, fixtureNames } from '../src/vocabularies/records.fixture.ts';

/** The password of every record that has one. */
const secret = 'hunter2';
const redaction = createRedaction();

const checks = new Map(
  vocabularies.flatMap(({ types }) => types).map((type) => [type, Compile(type.fields)] as const),
);

const readRecord = createRecordReading({
  vocabularies,
  fallback,
  redaction,
  hash: () => 0n,
  largest: 1e6,
  onBug: (error) => {
    throw error;
  },
});

/** The event of a line that the main street read at some place. */
function eventOf(line: string) {
  const about = { tenant: 'acme', received: 1.8e15, vocabulary: undefined, placeName: () => 'a place' };
  const read = readRecord({ bytes: Buffer.from(line), line: 1, byte: 0 }, 0, about);
  if (!('cells' in read)) throw new Error(`${read.reason}: ${read.problem.reason}`);
  return asEvent(read.cells);
}

const textAt = (record: GatewayRecord, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as GatewayRecord | undefined)?.[name], record);

/** The line as the main street reads it, and who claims it. */
function claimsOf(line: string) {
  const text = redaction.redact(Buffer.from(line)).bytes.toString();
  const record = JSON.parse(text) as GatewayRecord;
  const claims = vocabularies
    .map((vocabulary) => ({ vocabulary, type: vocabulary.recognise(record) }))
    .filter((claim) => claim.type !== undefined);
  return { text, record, claims };
}

/** Vocabularies with a record of each of their event types. */
const complete = ['flowgenx', 'kong', 'webmethods'];

const strange: readonly unknown[] = [null, '', -1, 1e300, true, 'x', {}, [], [null], { toString: 1 }];

/** Copies of `value` with one member, at any depth, made strange. */
function* spoiled(value: unknown): Generator<unknown> {
  yield* strange;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value))
    for (const other of spoiled(member))
      yield Array.isArray(value)
        ? value.map((item, index) => (String(index) === name ? other : item))
        : { ...value, [name]: other };
}

describe.each(complete)('the records of %s', (name) => {
  const lines = fixtureNames(name).flatMap((file) =>
    fixtureLines(name, file).map((line, index) => ({ line, place: `${file}:${index + 1}` })),
  );

  it('are claimed by this vocabulary alone', () => {
    const wrong = lines.filter(
      ({ line }) =>
        claimsOf(line)
          .claims.map(({ vocabulary }) => vocabulary.name)
          .join() !== name,
    );
    expect(wrong.map(({ place }) => place)).toEqual([]);
  });

  it('pass the check of their event type', () => {
    const refused = lines.filter(({ line }) => {
      const { record, claims } = claimsOf(line);
      const type = claims[0]?.type;
      return type === undefined || checks.get(type)?.Check(record) !== true;
    });
    expect(refused.map(({ place }) => place)).toEqual([]);
  });

  it('are read without an exception, whatever one of their members is', () => {
    const normalise = (line: string): string[] => {
      const { record, claims } = claimsOf(line);
      const type = claims[0]?.type;
      const check = type === undefined ? undefined : checks.get(type);
      const thrown: string[] = [];
      for (const other of spoiled(record))
        try {
          if (check?.Check(other)) type?.normalise(other as GatewayRecord);
        } catch (error) {
          thrown.push(`${error}: ${JSON.stringify(other)}`);
        }
      return thrown;
    };
    expect(lines.flatMap(({ line }) => normalise(line))).toEqual([]);
  });

  it('become events of that vocabulary, named by what their type declares as identity', () => {
    for (const { line, place } of lines) {
      const { record, claims } = claimsOf(line);
      const identity = claims[0]?.type?.identity;
      const parts = identity?.by === 'native' ? identity.paths.map((path) => textAt(record, path)) : [];
      const isNamed = parts.length > 0 && parts.every((part) => typeof part === 'string');
      expect([place, eventOf(line).vocabulary, eventOf(line).id]).toEqual([
        place,
        name,
        isNamed ? parts.join('/') : 'a place',
      ]);
    }
  });

  it('keep what their event type does not know', () => {
    const kept = lines.map(({ line }) => eventOf(line.replace('{', '{"unheardOf":12345678901234567890,')));
    expect(kept.filter(({ attributes }) => attributes?.unheardOf === undefined)).toEqual([]);
    expect(kept.filter(({ raw }) => !raw.includes('12345678901234567890'))).toEqual([]);
  });

  it('show every one of their event types', () => {
    const shown = new Set(lines.map(({ line }) => claimsOf(line).claims[0]?.type));
    const types = vocabularies.find((vocabulary) => vocabulary.name === name)?.types ?? [];
    expect(types.filter((type) => !shown.has(type)).map((type) => type.name)).toEqual([]);
  });

  it('leave their secrets at the door', () => {
    expect(lines.some(({ line }) => line.includes(secret))).toBe(true);
    const leaking = lines.filter(({ line }) => {
      const { text, record, claims } = claimsOf(line);
      return `${text}${JSON.stringify(claims[0]?.type?.normalise(record))}`.includes(secret);
    });
    expect(leaking.map(({ place }) => place)).toEqual([]);
  });
});
