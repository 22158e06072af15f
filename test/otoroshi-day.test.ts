/**
 * A day of a real Otoroshi's exporter against the Elasticsearch stand-in: its handshake, its bodies with two line feeds
 * at the end, its double slash, and the start without any handshake; then the answers, against what was sent.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../src/core/frame.ts';
import { type Call, drawCall } from '../src/sample/call.ts';
import { gatewayEvent } from '../src/sample/dialects/otoroshi.ts';
import { createRandom } from '../src/sample/random.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const start = Date.UTC(2026, 10, 20);
const day = 86_400_000;
const random = createRandom(20);
const calls: readonly Call[] = Array.from({ length: 1200 }, (_, index) =>
  drawCall(random, start + index * 72_000, index),
);
const events = calls.map((call) => gatewayEvent(call, true));

const headers = {
  authorization: `Basic ${Buffer.from(`otoroshi:${testToken}`).toString('base64')}`,
  accept: '*/*',
  'user-agent': 'Otoroshi-ahc',
};
const bulkHeaders = { ...headers, 'content-type': 'application/x-ndjson' };
/** One batch as the exporter writes it: ends in two line feeds. */
const bulk = (lines: readonly string[]): string =>
  `${lines.map((line) => `{"index":{"_index":"otoroshi-events-2026-11-20"}}\n${line}\n`).join('')}\n`;

let server: StartedServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const send = async (path: string, lines: readonly string[]) => {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: bulkHeaders,
    body: bulk(lines),
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
  return (await answer.json()) as { errors: boolean; items: { index: { status: number; result: string } }[] };
};
const ask = (more: object): Promise<Frame> =>
  server.api('/api/query', { from: start, to: start + day, filter: 'type:GatewayEvent', ...more });

describe('an Otoroshi that exports to the Elasticsearch stand-in', () => {
  it('sends a batch without any handshake, as it does when the server was away at its start', async () => {
    const { errors, items } = await send('/es/_bulk', events.slice(0, 100));
    expect(errors).toBe(false);
    expect(items.map(({ index }) => index.status)).toEqual(Array(100).fill(201));
  });

  it('shakes hands: version, template asked for, made, and replaced at the next start', async () => {
    const root = (await (await fetch(`${server.url}/es`, { headers })).json()) as {
      version: { number: string };
    };
    expect(root.version.number).toMatch(/^\d+\.\d+\.\d+$/);
    const template = `${server.url}/es/_index_template/otoroshi-tpl`;
    const body = JSON.stringify({ index_patterns: ['otoroshi-events-*'], template: { settings: {} } });
    const json = { ...headers, 'content-type': 'application/json' };
    expect((await fetch(template, { headers })).status).toBe(404);
    expect((await fetch(template, { method: 'POST', headers: json, body })).status).toBe(200);
    expect((await fetch(template, { headers })).status).toBe(200);
    expect((await fetch(template, { method: 'PUT', headers: json, body })).status).toBe(200);
  });

  it('sends the day in batches, through a double slash where its URI ends in one', async () => {
    for (let from = 100; from < events.length; from += 100) {
      const { errors } = await send(
        from % 200 === 0 ? '/es//_bulk' : '/es/_bulk',
        events.slice(from, from + 100),
      );
      expect(errors).toBe(false);
    }
  });

  it('sends a batch again for ever when a connection breaks: it is counted once', async () => {
    const { errors, items } = await send('/es/_bulk', events.slice(300, 400));
    expect(errors).toBe(false);
    expect(items.map(({ index }) => `${index.status} ${index.result}`)).toEqual(Array(100).fill('200 noop'));
  });

  it('answers with exactly what was sent: requests, denials and errors by route', async () => {
    await server.stored();
    const frame = await ask({
      measures: ['requests', 'denied', 'errors'],
      by: ['route'],
      limit: 1000,
      orderBy: 'route asc',
    });
    const expected = new Map<string, [number, number, number]>();
    for (const { route, refusal, status } of calls) {
      const row = expected.get(route.service) ?? [0, 0, 0];
      row[0] += 1;
      if (refusal !== undefined) row[1] += 1;
      else if (status >= 500) row[2] += 1;
      expected.set(route.service, row);
    }
    const rows = [...expected]
      .map(([route, row]) => [route, ...row])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
    expect(frame.rows).toEqual(rows);
    expect(frame.totals).toEqual([
      null,
      calls.length,
      ...[1, 2].map((at) => rows.reduce((sum, row) => sum + Number(row[at + 1]), 0)),
    ]);
  });

  it('has every denial under its reason', async () => {
    const frame = await ask({
      measures: ['count'],
      by: ['denialReason'],
      filter: 'outcome:denied',
      limit: 100,
    });
    const refused = calls.filter(({ refusal }) => refusal !== undefined).length;
    expect(frame.rows.reduce((sum, row) => sum + Number(row[1]), 0)).toBe(refused);
    expect(frame.rows.map(([reason]) => reason)).not.toContain(null);
  });

  it('keeps the record as it was sent, but for the secrets', async () => {
    const [event] = events as [string];
    const { '@id': id } = JSON.parse(event) as { '@id': string };
    const { raw } = await server.api<{ raw: string }>(`/api/events/${id}`);
    expect(raw).not.toContain('Bearer ');
    expect(raw).not.toContain('a-shared-secret');
    const withoutSecrets = (text: string) =>
      text.replace(/"(value|secret)":"(Bearer [^"]*|a-shared-secret|\[redacted\])"/g, '"$1":""');
    expect(withoutSecrets(raw)).toBe(withoutSecrets(event));
  });
});
