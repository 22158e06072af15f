import { describe, expect, it } from 'vitest';
import type { Decoded } from '../core/spec.ts';
import { lines } from './lines.ts';
import { exportsApart, otlpJson } from './otlp-json.ts';

const decode = (text: string, protocol = otlpJson): Decoded[] => {
  const decoded = protocol.decode(Buffer.from(text), {});
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return [...decoded.value].filter(({ bytes }) => bytes.length > 0);
};
const texts = (text: string): string[] => decode(text).map(({ bytes }) => bytes.toString());

/** Two resources, the first with two scopes; members before and behind the lists, and blanks. */
const several =
  '{"resourceLogs": [{"resource":{"r":1},"scopeLogs":[{"scope":{"s":1},"logRecords":[{"a":1541238890123456789}, {"b":"]}"}],"schemaUrl":"u"},{"logRecords":[{"c":3}],"scope":{"s":2}}],"schemaUrl":"v"},\n{"scopeLogs":[{"logRecords":[{"d":4}]}],"resource":{"r":2}}]}';

describe('an export of log records', () => {
  it('gives each with its resource and scope, in order, every byte as it was sent', () => {
    expect(texts(several)).toEqual([
      '{"resourceLogs": [{"resource":{"r":1},"scopeLogs":[{"scope":{"s":1},"logRecords":[{"a":1541238890123456789}],"schemaUrl":"u"}],"schemaUrl":"v"}]}',
      '{"resourceLogs": [{"resource":{"r":1},"scopeLogs":[{"scope":{"s":1},"logRecords":[{"b":"]}"}],"schemaUrl":"u"}],"schemaUrl":"v"}]}',
      '{"resourceLogs": [{"resource":{"r":1},"scopeLogs":[{"logRecords":[{"c":3}],"scope":{"s":2}}],"schemaUrl":"v"}]}',
      '{"resourceLogs": [{"scopeLogs":[{"logRecords":[{"d":4}]}],"resource":{"r":2}}]}',
    ]);
  });

  it('gives what it gave when it is taken apart again', () => {
    expect(texts(texts(several).join('\n'))).toEqual(texts(several));
  });

  it('says where in the body each log record lies, so that no two are at the same place', () => {
    const body = `{"x":1}\n${several.replace('\n', '')}\n`;
    const places = decode(body, exportsApart(lines)).slice(1);
    expect(places.map(({ byte }) => body.slice(byte, byte + 4))).toEqual(['{"a"', '{"b"', '{"c"', '{"d"']);
    expect(places.map(({ line }) => line)).toEqual([2, 2, 2, 2]);
  });

  it.each([
    '{"resourceLogs":[]}',
    '{"resourceLogs":7}',
    '{"resourceLogs":[{"resource":{}}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[]}]}]}',
    '{"other":1,"resourceLogs":[{},{}]}',
  ])('without log records is left whole, and none is lost: %s', (text) => {
    expect(texts(text)).toEqual([text]);
  });

  it('loses nothing of a record that is none', () => {
    expect(texts('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"a":1},7]}]},null]}')).toEqual([
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"a":1}]}]}]}',
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[7]}]}]}',
      '{"resourceLogs":[null]}',
    ]);
  });

  it('that is cut short is one damaged record', () => {
    const [damaged, ...others] = decode(several.replace('\n', '').slice(0, -4));
    expect(damaged?.problem?.reason).toContain('damaged JSON');
    expect(others).toEqual([]);
  });

  it('does not repeat a long resource without end', () => {
    const resource = `{"resource":{"long":"${'x'.repeat(100_000)}"}`;
    const records = decode(
      `{"resourceLogs":[${resource},"scopeLogs":[{"logRecords":[${'{},'.repeat(999)}{}]}]}]}`,
    );
    const refused = records.filter(({ problem }) => problem !== undefined);
    expect(records).toHaveLength(1000);
    expect(refused.length).toBeGreaterThan(900);
    expect(refused[0]).toMatchObject({ bytes: Buffer.from('{}'), problem: { path: 'resourceLogs' } });
    expect(records.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(7_000_000);
  });
});

describe('what is no export', () => {
  it('passes as it is', () => {
    const body = '{"a":1}\n{"resourceLogsLike":[{}]}\n{\n}\n[{"b":2}]';
    expect(texts(body)).toEqual(['{"a":1}', '{"resourceLogsLike":[{}]}', '{\n}', '{"b":2}']);
    expect(decode('GET /orders 200\n', exportsApart(lines))).toHaveLength(1);
  });
});
