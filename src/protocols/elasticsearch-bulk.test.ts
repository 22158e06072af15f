import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BulkAction, bulkNoting, elasticsearchBulk } from './elasticsearch-bulk.ts';

function read(text: string) {
  const actions: BulkAction[] = [];
  const decoded = bulkNoting((action) => actions.push(action)).decode(Buffer.from(text), {});
  const records = decoded.ok ? [...decoded.value].filter((record) => record.bytes.length > 0) : [];
  return {
    error: decoded.ok ? undefined : decoded.error.reason,
    records: records.map(({ bytes, id, problem }) => ({
      text: bytes.toString(),
      id,
      problem: problem?.reason,
    })),
    actions: actions.map(({ operation, index, id, record }) => [operation, index, id, record]),
  };
}

describe('a bulk body', () => {
  it('gives each record with the id of its action', () => {
    expect(read('{"index":{"_index":"a"}}\n{"x":1}\n{"create":{"_index":"b","_id":"7"}}\n{"x":2}\n')).toEqual(
      {
        error: undefined,
        records: [
          { text: '{"x":1}', id: undefined, problem: undefined },
          { text: '{"x":2}', id: '7', problem: undefined },
        ],
        actions: [
          ['index', 'a', undefined, true],
          ['create', 'b', '7', true],
        ],
      },
    );
  });

  it.each([
    ['ends in two line feeds', '{"index":{}}\n{"x":1}\n\n'],
    ['has no last line feed', '{"index":{}}\n{"x":1}'],
    ['has carriage returns', '{"index":{}}\r\n{"x":1}\r\n'],
    ['has blank lines between', '\n\n{"index":{}}\n\n{"x":1}\n'],
  ])('is read when it %s', (_, text) => {
    expect(read(text).records).toEqual([{ text: '{"x":1}', id: undefined, problem: undefined }]);
  });

  it('gives no record for updates and deletions, and tells of them', () => {
    const { records, actions } = read(
      '{"update":{"_id":"1"}}\n{"doc":{}}\n{"delete":{"_id":"2"}}\n{"index":{}}\n{"x":1}\n{"delete":{"_id":"3"}}',
    );
    expect(records.map((record) => record.text)).toEqual(['{"x":1}']);
    expect(actions.map(([operation]) => operation)).toEqual(['update', 'delete', 'index', 'delete']);
  });

  it('is refused as a whole when it does not begin with an action', () => {
    expect(read('{"x":1}\n{"x":2}\n').error).toContain('Malformed action/metadata line [1]');
  });

  it('gives a line in the place of an action as a damaged record and goes on', () => {
    const { records, actions } = read('{"index":{}}\n{"x":1}\n{"x":2}\n{"index":{}}\n{"x":3}\n');
    expect(records.map(({ text, problem }) => [text, problem !== undefined])).toEqual([
      ['{"x":1}', false],
      ['{"x":2}', true],
      ['{"x":3}', false],
    ]);
    expect(actions).toHaveLength(3);
  });

  it('gives a last action without a record as a damaged record', () => {
    const { records } = read('{"index":{}}\n{"x":1}\n{"index":{}}\n');
    expect(records[1]?.problem).toContain('no record follows');
  });

  it('gives as many records as it tells of actions with one, whatever the bytes', () => {
    const lines = fc.array(
      fc.constantFrom(
        '{"index":{}}',
        '{"create":{"_id":1}}',
        '{"delete":{}}',
        '{"update":{}}',
        '{"x":1}',
        '',
        '}',
        'null',
      ),
    );
    fc.assert(
      fc.property(lines, (parts) => {
        const { records, actions } = read(parts.join('\n'));
        expect(records).toHaveLength(actions.filter(([, , , record]) => record).length);
      }),
    );
  });

  it('can be read without listening to its actions', () => {
    const decoded = elasticsearchBulk.decode(Buffer.from(elasticsearchBulk.example), {});
    expect(decoded.ok && [...decoded.value]).toHaveLength(1);
  });
});
