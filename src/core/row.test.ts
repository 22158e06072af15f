import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, columns, type Event, type StoredEvent } from './event.ts';
import { encodeRow } from './row.fixture.ts';
import { decodeRow, placeColumns } from './row.ts';

const least: Event = {
  id: 'e-1',
  weight: 1,
  tenant: 'default',
  time: 1_764_000_000_123_456,
  received: 1_764_000_000_123_999,
  vocabulary: 'nginx',
  type: 'access',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: '{}',
};
const decoded = (event: Event): StoredEvent => decodeRow(`7\t5\t${encodeRow(event)}`);

/** Text that meets every escape often. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  fc
    .array(
      fc.constantFrom('\\', '\t', '\n', '\r', '\0', '\b', '\f', "'", '"', ',', ':', '[', '{', 'ä', 'n'),
      {
        minLength: 1,
        maxLength: 200,
      },
    )
    .map((characters) => characters.join('')),
);
const values: Readonly<Record<Column['kind'], fc.Arbitrary<unknown>>> = {
  text,
  integer: fc.maxSafeInteger(),
  flag: fc.boolean(),
  time: fc.integer({ min: 0, max: 4_102_444_800_000_000 }),
  list: fc.array(text, { minLength: 1, maxLength: 4 }),
  map: fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    text,
    { minKeys: 1, maxKeys: 4, noNullPrototype: true },
  ),
};
const anyEvent = fc
  .record(Object.fromEntries(columns.map((column) => [column.name, values[column.kind]])), {
    requiredKeys: Object.keys(least),
    noNullPrototype: true,
  })
  .map((event) => event as unknown as Event);

describe('the text row of an event', () => {
  it('gives every event back as it was', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(decoded(event)).toEqual({ ...event, position: 7 });
      }),
    );
  });

  it('has one cell a column and no line feed', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const row = encodeRow(event);
        expect(row.split('\t')).toHaveLength(columns.length);
        expect(row).not.toContain('\n');
      }),
    );
  });

  it('gives long text back as it was, whatever is in it', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(12_000, 120_000), (piece, length) => {
        const raw = piece.repeat(Math.ceil(length / piece.length));
        expect(decoded({ ...least, raw }).raw).toBe(raw);
      }),
      { numRuns: 30 },
    );
  });

  it('writes the marks of absence that the engine reads as NULL, empty text, list and map', () => {
    const cells = encodeRow(least).split('\t');
    const cell = (name: string) => cells[columns.findIndex((column) => column.name === name)];
    expect(cell('status')).toBe('\\N');
    expect(cell('granted')).toBe('\\N');
    expect(cell('service')).toBe('');
    expect(cell('consumerGroups')).toBe('[]');
    expect(cell('attributes')).toBe('{}');
  });

  it('writes times as seconds with six digits', () => {
    const cells = encodeRow({ ...least, time: 1_764_000_000_000_007 }).split('\t');
    expect(cells[columns.findIndex((column) => column.name === 'time')]).toBe('1764000000.000007');
  });

  it('reads a row behind the columns of its place', () => {
    expect(placeColumns).toEqual(['position', 'batch']);
    expect(decoded(least).position).toBe(7);
  });
});
