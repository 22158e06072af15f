/** Every example of every part is run: what the reference pages show is true. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { columnByName } from '../src/core/event.ts';
import type { EventType, GatewayRecord } from '../src/core/spec.ts';
import { derivedVocabularies } from '../src/folds/derived.ts';
import { folds } from '../src/folds/index.gen.ts';
import { createRedaction } from '../src/ingest/redaction/redact.ts';
import { protocols } from '../src/protocols/index.gen.ts';
import { isDerivedName } from '../src/vocabularies/derived-type-names.ts';
import { declaredAttributes, describedFields } from '../src/vocabularies/fields.ts';
import { fallback, own, vocabularies } from '../src/vocabularies/index.gen.ts';

const everyVocabulary = [...vocabularies, fallback, own];
/** Derived events speak the words of a vocabulary, and come in by a street of their own. */
const derived = derivedVocabularies(folds);
const asked = [...everyVocabulary, ...derived];
const types = asked.flatMap((vocabulary) => vocabulary.types.map((type) => ({ vocabulary, type })));
/** Those that are not asked for records that anybody sends. */
const apart: readonly unknown[] = [fallback, own, ...derived];
const copy = (record: GatewayRecord): GatewayRecord => JSON.parse(JSON.stringify(record));
const isSentence = (text: string): boolean => /^[A-Z].*\.$/s.test(text);
/** Given by the main street, or apart from the columns. */
const notFilled = [
  'id',
  'tenant',
  'received',
  'vocabulary',
  'retention',
  'raw',
  'rawEncoding',
  'reportedTime',
];
const valueAt = (record: GatewayRecord, path: string): unknown =>
  path in record
    ? record[path]
    : path.split('.').reduce<unknown>((value, part) => (value as GatewayRecord | undefined)?.[part], record);

describe.each(everyVocabulary)('the vocabulary $name', (vocabulary) => {
  it('is named like its file or folder', () => {
    const folder = fileURLToPath(new URL('../src/vocabularies/', import.meta.url));
    const { name } = vocabulary;
    expect(existsSync(`${folder}${name}.ts`) || existsSync(`${folder}${name}/${name}.ts`)).toBe(true);
  });

  it('says in a sentence what it is, and so do its types', () => {
    expect([vocabulary, ...vocabulary.types].filter(({ doc }) => !isSentence(doc))).toEqual([]);
  });

  it('has types of different names', () => {
    const names = vocabulary.types.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(types)('the event type $vocabulary.name $type.name', ({ vocabulary, type }) => {
  it('is recognised by its own vocabulary and by no other', () => {
    const claims = vocabularies
      .map((other) => ({ by: other.name, type: other.recognise(type.example) }))
      .filter((claim) => claim.type !== undefined);
    expect(claims).toEqual(apart.includes(vocabulary) ? [] : [{ by: vocabulary.name, type }]);
    expect(vocabulary.recognise(type.example)).toBe(type);
  });

  it('describes every field in a sentence, and checks only what it requires', () => {
    const fields = describedFields(type.fields.properties);
    expect(fields.filter(({ notes }) => !isSentence(notes.description))).toEqual([]);
    const check = Compile(type.fields);
    expect([...check.Errors(type.example)]).toEqual([]);
    const strange = { ...copy(type.example) };
    for (const { path, required } of fields)
      if (!required && path.length === 1) strange[path[0] as string] = { strange: ['thing'] };
    expect(check.Check(strange)).toBe(true);
    expect(() => type.normalise(strange)).not.toThrow();
  });

  it('normalises purely', () => {
    const record = copy(type.example);
    const first = type.normalise(record);
    expect(record).toEqual(type.example);
    expect(type.normalise(copy(record))).toEqual(first);
  });

  it('fills known columns with values of their kind, the time among them', () => {
    const filled = Object.entries(type.normalise(type.example)).filter(([, value]) => value !== undefined);
    const kinds = Object.fromEntries(filled.map(([name, value]) => [name, kindOf(value)]));
    const expected = Object.fromEntries(filled.map(([name]) => [name, columnKind(name)]));
    expect(kinds).toEqual(expected);
    expect(filled.map(([name]) => name).filter((name) => notFilled.includes(name))).toEqual([]);
    expect(type.normalise(type.example).time).toBeGreaterThan(1e15);
  });

  it('has its identity in the example', () => {
    const paths = type.identity.by === 'native' ? type.identity.paths : [];
    expect(paths.map((path) => typeof valueAt(type.example, path))).toEqual(paths.map(() => 'string'));
  });

  it('shows no secret in the example', () => {
    const bytes = Buffer.from(JSON.stringify(type.example));
    expect(createRedaction().redact(bytes).bytes.toString()).toBe(bytes.toString());
  });
});

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);
const columnKind = (name: string): string => {
  const kind = columnByName.get(name)?.kind;
  if (kind === 'integer' || kind === 'time') return 'number';
  if (kind === 'flag') return 'boolean';
  return kind === 'map' ? 'object' : kind === 'text' ? 'string' : (kind ?? `no column ${name}`);
};

describe.each(folds)('the fold $name', ({ doc, vocabulary, reads, makes }) => {
  it('says in a sentence what it is, and what it reads and makes', () => {
    expect(isSentence(doc)).toBe(true);
    expect(reads.length).toBeGreaterThan(0);
    expect(makes.map(({ example }) => example.vocabulary)).toEqual(makes.map(() => vocabulary));
  });

  it('makes events of names that nobody else can give, or of a type that is there', () => {
    const types = vocabularies.filter(({ name }) => name === vocabulary).flatMap((known) => known.types);
    const names = makes.map((type) => type.normalise(type.example).type ?? type.name);
    const free = names.filter(
      (name) => !isDerivedName(vocabulary, name) && !types.some((type) => type.name === name),
    );
    expect(free).toEqual([]);
  });
});

describe('declared attributes', () => {
  it('are no columns under another meaning', () => {
    expect(declaredAttributes(asked).filter(({ name }) => columnByName.has(name))).toEqual([]);
  });

  it('are filled with text by the examples', () => {
    const declared = new Set(declaredAttributes(asked).map(({ name }) => name));
    const filled = types.flatMap(({ type }: { type: EventType }) =>
      Object.entries(type.normalise(type.example).attributes ?? {}),
    );
    expect(filled.filter(([name, value]) => !declared.has(name) || typeof value !== 'string')).toEqual([]);
    expect(filled.length).toBeGreaterThan(20);
  });
});

describe.each(protocols)('the protocol $name', (protocol) => {
  it('says in a sentence what it is and decodes its example', () => {
    expect(isSentence(protocol.doc)).toBe(true);
    const decoded = protocol.decode(Buffer.from(protocol.example), {});
    const records = decoded.ok ? [...decoded.value] : [];
    expect(records.length).toBeGreaterThan(0);
    expect(records.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });
});
