/** Questions that were made to stop the server: each has an answer, and the server goes on answering. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

let server: StartedServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.ready();
  const records = Array.from({ length: 200 }, (_, index) =>
    JSON.stringify({ message: 'a'.repeat(3_000), consumer: `c${index}` }),
  );
  await fetch(`${server.url}/ingest`, { method: 'POST', headers, body: records.join('\n') });
  await server.stored();
});
afterAll(() => server.stop());

const headers = { authorization: `Bearer ${testToken}` };
const count = { from: 'now-7d', to: 'now', measures: ['count'] };
const ors = (terms: number, name = 'a') =>
  Array.from({ length: terms }, (_, index) => `${name}${index}`).join(' OR ');
const filtered = (filter: string) => ({ ...count, filter });
const narrowed = (filter: string) => (_: unknown, index: number) => ({
  name: `m${index}`,
  measure: 'count',
  filter,
});
const year = { from: '1970-01-01T00:00:00Z', to: '1971-01-01T00:00:00Z', measures: ['count'] };

test.each<[string, object, number]>([
  [
    'a zone whose clocks changed by an odd number of seconds',
    { ...count, from: '1972-01-01', to: '1972-01-20', timezone: 'Africa/Monrovia', granularity: 'hour' },
    200,
  ],
  ['buckets that begin before 1970', { ...year, timezone: 'Pacific/Auckland', granularity: 'month' }, 200],
  [
    'buckets after 2106',
    { ...count, from: '2198-01-01', to: '2199-12-31', timezone: 'Asia/Gaza', granularity: 'month' },
    200,
  ],
  ['a comparison with the stone age', { ...count, compare: '999999M' }, 400],
  ['a moment far away', { ...count, from: 'now-999999999M' }, 400],
  ['as many buckets as there may be', { ...count, from: 'now-9999m', granularity: 'minute' }, 200],
  ['more buckets than there may be', { ...count, from: 'now-10001m', granularity: 'minute' }, 400],
  [
    'many groups in many buckets',
    { ...count, from: 'now-9999m', granularity: 'minute', by: ['consumer'], limit: 10_000 },
    422,
  ],
  ['many free texts', filtered(ors(1_100)), 400],
  ['many terms', filtered(`id:(${ors(1_100)})`), 200],
  [
    'many terms in many measures',
    { ...count, measures: Array.from({ length: 50 }, narrowed(ors(1_100))) },
    400,
  ],
  ['many parentheses', filtered(`${'('.repeat(4_999)}a${')'.repeat(4_999)}`), 400],
  ['many negations', filtered('-'.repeat(9_999)), 400],
  ['many wildcards', filtered(`${'*a'.repeat(2_000)}b`), 400],
  ['long wildcards', filtered(`message:*${'a'.repeat(5_000)}b`), 400],
  ['an expression with many ways', filtered('path:/(a?){300}b/'), 200],
  ['an expression with more', filtered('path:/(((a?){10}){10}){10}/'), 400],
])('%s', async (_, query, status) => {
  const answer = await fetch(`${server.url}/api/query`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(query),
  });
  expect([answer.status, await answer.text()]).toEqual([status, expect.any(String)]);
});

test.each([
  ['many terms of which the total is asked too', `total=true&filter=${encodeURIComponent(ors(1_100))}`, 400],
  [
    'more than the engine plans',
    `total=true&filter=${encodeURIComponent(`${ors(320)} id:(${ors(900)})`)}`,
    400,
  ],
])('events: %s', async (_, parameters, status) => {
  const answer = await fetch(`${server.url}/api/events?${parameters}`, { headers });
  expect(answer.status).toBe(status);
});

test('the server still answers', async () => {
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});
