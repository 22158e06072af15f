import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudevents } from './cloudevents.ts';
import { jsonMembers } from './json-member.ts';

const decode = (text: string, headers: Record<string, string>) => {
  const decoded = cloudevents.decode(Buffer.from(text), headers);
  return decoded.ok
    ? [...decoded.value].map(({ bytes, id, problem }) => ({ text: bytes.toString(), id, problem }))
    : [];
};
const structured = { 'content-type': 'Application/CloudEvents+JSON; charset=utf-8' };
const batch = { 'content-type': 'application/cloudevents-batch+json' };

function memberOf(bytes: Buffer, name: string): string {
  const search = jsonMembers(bytes, [name]);
  for (let step = search.next(); ; step = search.next())
    if (step.done) return step.value.get(name)?.toString() ?? '';
}

describe('CloudEvents', () => {
  it('gives the data of a structured event as it was sent, named by source and id', () => {
    expect(decode('{"id":"1","data": {"n":1541238890123456789, "a" :1} ,"source":"/g"}', structured)).toEqual(
      [{ text: '{"n":1541238890123456789, "a" :1}', id: '/g/1', problem: undefined }],
    );
  });

  it('gives each event of a batch', () => {
    const records = decode(
      '[{"id":"1","source":"s","data":{"a":1}},{"id":"2","source":"s","data":{"a":2}}]',
      batch,
    );
    expect(records.map(({ text, id }) => [text, id])).toEqual([
      ['{"a":1}', 's/1'],
      ['{"a":2}', 's/2'],
    ]);
  });

  it('reads data in base64 and data in a string', () => {
    const base64 = Buffer.from('{"a":1}').toString('base64');
    expect(decode(`{"id":"1","source":"s","data_base64":"${base64}"}`, structured)[0]?.text).toBe('{"a":1}');
    expect(decode('{"id":"1","source":"s","data":"{\\"a\\":1}"}', structured)[0]?.text).toBe('{"a":1}');
  });

  it('takes an envelope without data for the record', () => {
    for (const envelope of ['{"id":"1","source":"s"}', '{"id":"1","source":"s","data":""}'])
      expect(decode(envelope, structured)[0]?.text).toBe(envelope);
  });

  it('takes the body for the data in binary form, named by percent-encoded headers', () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'A%20b',
      'ce-source': '"/g"',
      'content-type': 'application/json',
    };
    expect(decode('{"a":1}', headers)).toEqual([{ text: '{"a":1}', id: '/g/A b', problem: undefined }]);
  });

  it('says what is wrong with a damaged envelope and goes on behind it', () => {
    const records = decode('[{"id":1,},{"id":"2","source":"s","data":{"a":2}}]', batch);
    expect(records[0]?.problem?.reason).toContain('envelope');
    expect(records[1]?.text).toBe('{"a":2}');
  });

  it('takes a breath now and then in a long envelope', () => {
    const data = `{"all":[${'1,'.repeat(500_000)}1]}`;
    const decoded = cloudevents.decode(Buffer.from(`{"id":"1","source":"s","data":${data}}`), structured);
    const pieces = decoded.ok ? [...decoded.value] : [];
    expect(pieces.length).toBeGreaterThan(3);
    expect(
      pieces.filter(({ bytes }) => bytes.length > 0).map(({ bytes, id }) => [bytes.toString(), id]),
    ).toEqual([[data, 's/1']]);
  });

  it('finds any member of any object, in any layout', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1, noNullPrototype: true }),
        fc.constantFrom(0, 2),
        (object, indent) => {
          const bytes = Buffer.from(JSON.stringify(object, null, indent));
          for (const [name, value] of Object.entries(object))
            expect(JSON.parse(memberOf(bytes, name))).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });
});
