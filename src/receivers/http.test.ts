import { gzipSync, zstdCompressSync } from 'node:zlib';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IngestAnswer } from '../core/frame.ts';
import { openDoor, serve, type TestDoor } from './door.fixture.ts';
import { httpReceiver } from './http.ts';

let door: TestDoor;
let server: Awaited<ReturnType<typeof serve>>;
beforeEach(async () => {
  door = await openDoor({ body: 1_000_000 });
  server = await serve(httpReceiver({ ...door, vocabularies: ['gateway', 'generic'] }));
});
afterEach(async () => {
  await server.close();
  await door.close();
});

async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', body: body as string, headers });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as IngestAnswer };
}
const detail = (body: unknown): string => (body as { detail: string }).detail;

describe('POST /ingest', () => {
  it('answers what became of each record once it is in the journal', async () => {
    const { status, body } = await post('/ingest', '{"id":1}\n{"id":1}\n{"id":2,"status":"x"}\n{"id":3');
    expect(status).toBe(200);
    expect(Value.Check(IngestAnswer, body)).toBe(true);
    expect(body).toMatchObject({ received: 4, accepted: 1, duplicates: 1, quarantined: 2 });
    expect(body.problems).toMatchObject([
      { index: 2, line: 3, byte: 18, path: 'status', quarantineId: expect.stringMatching(/./) },
      { index: 3, line: 4, path: '', quarantineId: expect.stringMatching(/./) },
    ]);
    expect((await door.events()).map((event) => event.id)).toEqual(['1']);
    expect(await door.reasons()).toEqual(['invalid-field', 'unreadable']);
  });

  it('answers how many secrets were redacted, those of repetitions left out', async () => {
    const record = '{"id":1,"password":"hunter2","headers":{"cookie":"sid=1"}}';
    const { body } = await post('/ingest', `${record}\n${record}\n{"id":2}\n{"pwd":"x`);
    expect(body).toMatchObject({ accepted: 2, duplicates: 1, quarantined: 1, redacted: 3 });
  });

  it.each([
    ['a list', '[{"id":1},{"id":2}]', {}],
    ['gzip', gzipSync('{"id":1}{"id":2}'), { 'content-encoding': 'gzip' }],
    ['zstd', zstdCompressSync('{"id":1}\n\n{"id":2}\n\n'), { 'content-encoding': 'zstd' }],
    ['an export of log records', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"id":1},{"id":2}]}]}]}', {}],
    ['lines of text', 'hello\r\nworld', { 'content-type': 'text/plain' }],
    [
      'CloudEvents',
      '[{"specversion":"1.0","id":"a","source":"s","data":{"id":1}},{"id":"b","source":"s","data":{"x":2}}]',
      { 'content-type': 'application/cloudevents-batch+json' },
    ],
  ])('takes %s', async (_, body, headers) => {
    expect((await post('/ingest', body, headers as Record<string, string>)).body.accepted).toBe(2);
  });

  it('recognises a repeated request by its Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    expect((await post('/ingest', 'hello\nworld', headers)).body.accepted).toBe(2);
    expect((await post('/ingest', 'hello\nworld', headers)).body).toMatchObject({
      accepted: 0,
      duplicates: 2,
    });
  });

  it('tells a hundred problems and counts the rest', async () => {
    const { body } = await post('/ingest', '{"id":{}\n'.repeat(130));
    expect(body.problems).toHaveLength(100);
    expect(body).toMatchObject({ quarantined: 130, problemsOmitted: 30 });
  });

  it.each([
    ['an empty body', '', {}, 400],
    ['only blanks', ' \n\n', {}, 400],
    ['a body over the limit', 'x'.repeat(1_000_001), {}, 413],
    ['an unknown encoding', '{}', { 'content-encoding': 'br' }, 415],
    ['damaged gzip', '{}', { 'content-encoding': 'gzip' }, 400],
    ['an endless key', '{}', { 'idempotency-key': 'k'.repeat(300) }, 400],
  ])('refuses %s', async (_, body, headers, status) => {
    const answer = await post('/ingest', body, headers as unknown as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(detail(answer.body)).not.toBe('');
    expect(await door.events()).toEqual([]);
  });

  it('says when to come again while there is no room', async () => {
    const full = await openDoor({ inFlight: 10, wait: 10 });
    await full.room.enter('default').take(5);
    const busy = await serve(httpReceiver({ ...full, vocabularies: [] }));
    const answer = await fetch(`${busy.url}/ingest`, { method: 'POST', body: '{"id":"1234567"}' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    await busy.close();
    await full.close();
  });
});

describe('POST /ingest/{vocabulary}', () => {
  it('takes records of the named vocabulary', async () => {
    expect((await post('/ingest/gateway', '{"id":1}')).body.accepted).toBe(1);
  });

  it('answers 404 with the known names to an unknown one', async () => {
    const { status, body } = await post('/ingest/nothing', '{}');
    expect(status).toBe(404);
    expect(detail(body)).toContain('gateway, generic');
  });
});
