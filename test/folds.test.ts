/** From the door to the answer: what is derived of events is there to be asked, and counts as it should. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Frame } from '../src/core/frame.ts';
import { gatewayEvent } from '../src/vocabularies/otoroshi/gateway-event.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

let server: StartedServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const began = Date.now() - 120_000;
const call = (id: string, more: object) => ({
  ...gatewayEvent.example,
  '@id': id,
  headers: [{ key: 'Remote-Address', value: '203.0.113.24:51422' }],
  to: { scheme: 'https', host: 'reports.example.com', uri: '/yearly' },
  ...more,
});
const reports = [
  call('1', {
    '@timestamp': began + 30_000,
    '@callAt': began + 30_000,
    duration: 30_000,
    status: 504,
    err: true,
  }),
  call('2', { '@timestamp': began + 41_200, '@callAt': began, duration: 41_200, status: 200, err: false }),
  call('3', {
    '@timestamp': began + 50_000,
    '@callAt': began + 49_990,
    duration: 10,
    status: 200,
    err: false,
  }),
];

/** Resolves when the folds have nothing more to say and the store has it all. */
async function settled(): Promise<void> {
  for (let before = -1; ; ) {
    await server.stored();
    const { journal } = await server.api<{ journal: { end: number } }>('/api/status');
    if (journal.end === before) return;
    before = journal.end;
    await sleep(300);
  }
}
const ask = (more: object): Promise<Frame> =>
  server.api('/api/query', { from: 'now-1h', to: 'now', filter: 'vocabulary:otoroshi', ...more });

it('counts a call that was reported twice as one request, by its first report', async () => {
  const answer = await fetch(`${server.url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testToken}` },
    body: reports.map((report) => JSON.stringify(report)).join('\n'),
  });
  expect(answer.status).toBe(200);
  await settled();
  const totals = await ask({ measures: ['requests', 'count', 'errors'] });
  expect(totals.rows).toEqual([[2, 2, 1]]);
  const byStatus = await ask({ measures: ['requests'], by: ['status'], filter: 'type:GatewayEvent' });
  expect(Object.fromEntries(byStatus.rows as [number, number][])).toMatchObject({ 504: 1, 200: 1 });
  const { events } = await server.api<{ events: { id: string; weight: number; causedBy?: string }[] }>(
    '/api/events?from=now-1h&filter=reportedFirst:1',
  );
  expect(events).toMatchObject([{ id: '2/taken-back', weight: -1, causedBy: '2' }]);
});

it('shows the folds among the consumers and in the metrics', async () => {
  const { consumers, equation } = await server.api<{
    consumers: { name: string; pending: number; state: string }[];
    equation: { balanced: boolean };
  }>('/api/status');
  expect(consumers).toContainEqual(expect.objectContaining({ name: 'folds', pending: 0, state: 'running' }));
  expect(equation.balanced).toBe(true);
  const metrics = await (
    await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${testToken}` } })
  ).text();
  expect(metrics).toContain('gatescope_fold_events_total{fold="otoroshi-reports",result="derived"} 1');
  expect(metrics).toContain('gatescope_consumer_pending_events{consumer="folds",tenant="default"} 0');
});
