import { beforeAll, describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { columns, type Event } from '../../core/event.ts';
import { eventOf } from '../../core/row.ts';
import { describedFields } from '../../vocabularies/fields.ts';
import { fallback, own, vocabularies } from '../../vocabularies/index.gen.ts';
import { createRecordReading, type ReadEvent, type ReadRecord } from '../read-record.ts';
import { createRedaction } from './redact.ts';
import { ruleNumber } from './rules.ts';
import { mark } from './spans.ts';

let readRecord: ReadRecord;
beforeAll(async () => {
  const { h64 } = await xxhash();
  readRecord = createRecordReading({
    vocabularies,
    fallback,
    redaction: createRedaction({ tenants: [{ tenant: 'shy', personal: 'redact' }] }),
    hash: h64,
    largest: 1_000_000,
    onBug: (error) => expect.fail(String(error)),
  });
});
const read = (record: string | object, tenant: string): ReadEvent & { event: Event } => {
  const bytes = Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
  const about = { tenant, received: 1_795_000_000_000_000, vocabulary: undefined, placeName: () => 'place' };
  const found = readRecord({ bytes, line: 1, byte: 0 }, 0, about);
  if (!('cells' in found)) throw new Error(found.problem.reason);
  return { ...found, event: eventOf(found.cells) };
};
const personal = columns.filter((column) => column.personal === true).map(({ name }) => name);
const types = [...vocabularies, fallback, own].flatMap(({ types }) => types);

/** Texts of the example at paths that the type marks as personal. */
const personalTexts = (type: (typeof types)[number]): string[] =>
  describedFields(type.fields.properties)
    .filter(({ notes }) => notes.personal === true)
    .map(({ path }) =>
      path.reduce<unknown>(
        (value, name) => (value as Record<string, unknown> | undefined)?.[name],
        type.example,
      ),
    )
    .filter((value): value is string => typeof value === 'string' && value !== '');

describe('a tenant that wants no personal data on its disk', () => {
  it('has none of any example in columns and at the places where the types mark it', () => {
    for (const type of types) {
      const { event } = read(type.example, 'shy');
      expect(personal.filter((name) => event[name] !== undefined)).toEqual([]);
      const kept = JSON.parse(event.raw) as Record<string, unknown>;
      // Nor anywhere else in the record.
      const said = type.normalise(type.example) as Record<string, unknown>;
      const words = personal.map((name) => String(said[name] ?? '')).filter((word) => word.length >= 3);
      const isThere = (word: string) =>
        new RegExp(`(?<![\\w-])${word.replace(/[^\w]/g, '\\$&')}(?![\\w-])`).test(event.raw);
      expect([type.name, words.filter(isThere)]).toEqual([type.name, []]);
      for (const { path, notes } of describedFields(type.fields.properties)) {
        if (notes.personal !== true) continue;
        const at = (record: unknown) =>
          path.reduce<unknown>(
            (value, name) => (value as Record<string, unknown> | undefined)?.[name],
            record,
          );
        const sent = at(type.example);
        expect([path, at(kept)]).toEqual([
          path,
          typeof sent === 'string' && !/^-*$/.test(sent) ? mark : sent,
        ]);
      }
    }
    expect(types.flatMap(personalTexts).length).toBeGreaterThan(10);
  });

  it('has none in headers, lists and sentences either, however they are written', () => {
    const record =
      '{"consumer":"ana-7","clientIp":"192.0.2.7","note":"\\u0061na-7 said \\"hi\\"","headers":[{"k":"x","v":"192.0.2.7:51422"}],' +
      '"other":"banana-7 192.0.2.77","n":7}';
    const { event } = read(record, 'shy');
    expect(JSON.parse(event.raw)).toEqual({
      consumer: mark,
      clientIp: mark,
      note: `${mark} said "hi"`,
      headers: [{ k: 'x', v: `${mark}:51422` }],
      other: 'banana-7 192.0.2.77',
      n: 7,
    });
    expect(event.attributes).toMatchObject({ note: `${mark} said "hi"` });
  });

  const exampleOf = (name: string) => types.find((type) => type.name === name)?.example as object;

  it('has no address in headers by name, whatever their case, and none in pairs of key and value', () => {
    const { event } = read(
      {
        ...exampleOf('RequestBodyEvent'),
        headers: {
          Host: 'h',
          'x-FORWARDED-for': '192.0.2.7, 198.51.100.9',
          'Remote-Address': '10.1.2.3:51422',
        },
      },
      'shy',
    );
    const { headers } = JSON.parse(event.raw);
    expect(headers).toEqual({ Host: 'h', 'x-FORWARDED-for': mark, 'Remote-Address': mark });

    const list = [
      { key: 'X-Forwarded-For', value: '192.0.2.7, 198.51.100.9' },
      { key: 'Host', value: 'h' },
    ];
    const call = read({ ...exampleOf('GatewayEvent'), headers: list, otoroshiHeadersIn: list }, 'shy').event;
    const hidden = [{ key: 'X-Forwarded-For', value: mark }, list[1]];
    expect(JSON.parse(call.raw)).toMatchObject({ headers: hidden, otoroshiHeadersIn: hidden });
  });

  it('has neither API keys that acted nor addresses in the attributes of OpenTelemetry', () => {
    const apiKey = { clientId: 'ak_9', clientName: 'Key of Ana', enabled: true };
    const audit = read({ ...exampleOf('AuditEvent'), apiKey }, 'shy').event;
    expect(JSON.parse(audit.raw).apiKey).toEqual({ clientId: mark, clientName: mark, enabled: true });

    const attributes = [
      { key: 'http.request.method', value: { stringValue: 'GET' } },
      { key: 'client.address', value: { stringValue: '192.0.2.7' } },
      { key: 'net.peer.ip', value: { stringValue: '192.0.2.8' } },
    ];
    const http = types.find(({ name, doc }) => name === 'http' && doc.includes('log record'))?.example;
    const { event } = read({ ...http, attributes }, 'shy');
    expect(JSON.parse(event.raw).attributes).toEqual([
      attributes[0],
      { key: 'client.address', value: { stringValue: mark } },
      { key: 'net.peer.ip', value: { stringValue: mark } },
    ]);
  });

  it('has all the rest, byte for byte', () => {
    const line =
      '{"timestamp":"2026-01-15T10:30:45Z", "consumer_id":"ana","request":{"path":"/anas","ip":"192.0.2.7"},"access":{"granted":true},"n":1541238890123456789}';
    const { event } = read(line, 'shy');
    expect(event.raw).toBe(line.replace('"ana"', `"${mark}"`).replace('"192.0.2.7"', `"${mark}"`));
    expect(event).toMatchObject({ path: '/anas', granted: true, attributes: { n: '1541238890123456800' } });
  });

  it('has none in the lines of an access log either, where words are looked for', () => {
    const line =
      '192.0.2.7 - ann [21/Nov/2026:10:30:45 +0000] "GET /annex/192.0.2.77 HTTP/1.1" 200 6 "-" "App"';
    const { event } = read(line, 'shy');
    expect(event.raw).toBe(line.replace('192.0.2.7 ', `${mark} `).replace(' ann ', ` ${mark} `));
    expect([event.clientIp, event.user, event.consumer, event.status]).toEqual([
      undefined,
      undefined,
      undefined,
      200,
    ]);
  });

  it('has its redactions counted, and the id of an event is the same as for others', () => {
    const example = types.find(({ name }) => name === 'GatewayEvent')?.example as object;
    const [shy, open] = [read(example, 'shy'), read(example, 'default')];
    expect(shy.redacted?.[ruleNumber('personal')]).toBeGreaterThan(0);
    expect(open.redacted?.[ruleNumber('personal')] ?? 0).toBe(0);
    expect(shy.event.id).toBe(open.event.id);
    expect(shy.contentHash).toBe(open.contentHash);
  });

  it('is the only one: others keep theirs', () => {
    const { event } = read(
      { timestamp: '2026-01-15T10:30:45Z', consumer_id: 'ana', request: { ip: '192.0.2.7' }, access: {} },
      'default',
    );
    expect(event).toMatchObject({ consumer: 'ana', clientIp: '192.0.2.7' });
  });
});
