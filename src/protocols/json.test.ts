import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../core/spec.ts';
import { formOf, json } from './json.ts';

const decode = (text: string | Buffer): Decoded[] => {
  const decoded = json.decode(Buffer.from(text as string), {});
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return [...decoded.value].filter((record) => record.bytes.length > 0);
};
const texts = (text: string): string[] => decode(text).map((record) => record.bytes.toString());
const parsed = (text: string): unknown[] => decode(text).map((record) => JSON.parse(record.bytes.toString()));

describe('a JSON body', () => {
  it.each([
    ['an object', '{"a":1}', 1],
    ['a pretty-printed object', '{\n  "a": {\n    "b": [1, 2]\n  }\n}\n', 1],
    ['a list', '[{"a":1},{"a":2}]', 2],
    ['a pretty-printed list', '[\n  {"a": 1},\n  {"a": 2}\n]', 2],
    ['lines', '{"a":1}\n{"a":2}\n', 2],
    ['lines ending in carriage returns', '{"a":1}\r\n{"a":2}\r\n', 2],
    ['lines with blank ones between', '\n{"a":1}\n\n\n{"a":2}\n\n', 2],
    ['a last line without its end', '{"a":1}\n{"a":2}', 2],
    ['objects side by side', '{"a":1}{"a":2}{"a":3}', 3],
    ['objects parted by spaces', '{"a":1}  {"a":2}\t{"a":3}', 3],
    ['pretty-printed objects one after the other', '{\n "a": 1\n}\n{\n "a": 2\n}', 2],
    ['lists one a line', '[{"a":1}]\n[{"a":2},{"a":3}]', 3],
    ['objects that open in column 0', '{"a":\n{"b":\n{"c":1}}}\n{"d":1}', 2],
    ['a byte order mark', '\ufeff{"a":1}', 1],
    ['braces and quotes within strings', String.raw`{"a":"}{ \" }"}{"a":"[\\"}`, 2],
    ['an empty list', '[]', 0],
    ['nothing', ' \n\n ', 0],
  ])('as %s gives each object', (_, text, count) => {
    expect(parsed(text)).toHaveLength(count);
  });

  it('gives the bytes as they were sent', () => {
    expect(texts('[ {"b":1, "a":1541238890123456789} ,{} ]')).toEqual([
      '{"b":1, "a":1541238890123456789}',
      '{}',
    ]);
  });

  it('says line and byte of each record', () => {
    expect(decode('\n{"a":1}\n\n{"ä":2}{"a":3}').map(({ line, byte }) => [line, byte])).toEqual([
      [2, 1],
      [4, 10],
      [4, 18],
    ]);
  });

  it.each([
    ['a record cut short before the next line', '{"a":{"b":1\n{"a":2}\n{"a":3}\n'],
    ['a value missing before the next line', '{"a":\n{"a":2}\n{"a":3}\n'],
    ['a string cut short', '{"a":"x\n{"a":2}\n{"a":3}\n'],
    ['a bracket of the wrong kind', '{"a":[}\n{"a":2}\n{"a":3}\n'],
    ['a bracket missing within a line', '{"a":{"b":1}\n{"a":2}\n{"a":3}\n'],
    ['a word', 'hello\n{"a":2}\n{"a":3}\n'],
    ['a number', '17\n{"a":2}\n{"a":3}\n'],
    ['a record cut short beside the next', '{"a":1 {"a":2}{"a":3}'],
    ['a list of lists', '[[1],{"a":2},{"a":3}]'],
    ['scalars in a list', '["x,]",{"a":2},{"a":3}]'],
  ])('goes on behind %s', (_, text) => {
    const [first, ...rest] = decode(text);
    const refused = first?.problem !== undefined || !isObject(first?.bytes.toString() ?? '');
    expect(refused).toBe(true);
    expect(rest.map((record) => JSON.parse(record.bytes.toString()))).toEqual([{ a: 2 }, { a: 3 }]);
    expect(rest.every((record) => record.problem === undefined)).toBe(true);
  });

  it('finds the end of a record however deep it is nested', () => {
    const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    expect(texts(`[${deep},{"a":2}]`)).toEqual([deep, '{"a":2}']);
  });

  it('takes breaths while it searches the end of a huge record', () => {
    const huge = Buffer.concat([Buffer.from('[{"a":"'), Buffer.alloc(5 << 20, 'x'), Buffer.from('"},{}]')]);
    const decoded = json.decode(huge, {});
    const records = decoded.ok ? [...decoded.value] : [];
    expect(records.filter((record) => record.bytes.length === 0).length).toBeGreaterThanOrEqual(4);
    expect(records.filter((record) => record.bytes.length > 0)).toHaveLength(2);
  });

  const layouts: readonly ((records: readonly object[]) => string)[] = [
    (records) => records.map((record) => JSON.stringify(record)).join('\n'),
    (records) => records.map((record) => JSON.stringify(record)).join(''),
    (records) => records.map((record) => JSON.stringify(record)).join(' \t '),
    (records) => records.map((record) => JSON.stringify(record, null, 2)).join('\r\n\r\n'),
    (records) => JSON.stringify(records),
    (records) => JSON.stringify(records, null, 1),
  ];
  it('gives back any objects in any layout', () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), { maxLength: 6 });
    fc.assert(
      fc.property(objects, fc.constantFrom(...layouts), (records, layout) => {
        expect(parsed(layout(records))).toEqual(JSON.parse(JSON.stringify(records)));
      }),
    );
  });

  it('turns any bytes into records in rising order that lie within the body and leave out only what parts them', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(
          fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '\n', ' ', '1', '"a":1', '{"b":2}\n'),
          {
            maxLength: 200,
          },
        )
        .map((parts) => Buffer.from(parts.join(''))),
    );
    fc.assert(
      fc.property(noise, (body) => {
        let last = 0;
        let skipped = '';
        for (const record of decode(body)) {
          expect(record.byte).toBeGreaterThanOrEqual(last);
          skipped += body.toString('latin1', last, record.byte);
          last = record.byte + record.bytes.length;
        }
        skipped += body.toString('latin1', last);
        expect(skipped.replace(/^\xef\xbb\xbf/, '').replace(/[\s[\],]/g, '')).toBe('');
      }),
      { numRuns: 2000 },
    );
  });
});

function isObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

describe('what a body holds', () => {
  it.each([
    ['an object', ' \r\n{"a":1}', 'json'],
    ['a list of objects', '\ufeff[ {"a":1}]', 'json'],
    ['an empty list', '[]', 'json'],
    ['a list that is cut short', '[', 'json'],
    ['a line that begins with a time in brackets', '[2026-11-21T12:49:48.254Z] "GET / HTTP/1.1" 200', 'text'],
    ['a line that begins with an address', '203.0.113.7 - - [21/Nov/2026:13:00:00 +0000]', 'text'],
    ['blanks', ' \n', 'nothing'],
  ])('is told by how it begins: %s', (_, text, form) => {
    expect(formOf(Buffer.from(text))).toBe(form);
  });
});
