import { afterEach, expect, test } from 'vitest';
import { watchEventLoop } from './event-loop.ts';
import { createMetrics, type MetricSources, type Metrics } from './metrics.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const started = (sources: Partial<MetricSources> = {}): Metrics => {
  const metrics = createMetrics({
    equation: () => [],
    lateDuplicates: () => 0,
    redactions: () => [],
    consumers: () => [],
    comparison: () => ({ lost: [], surplus: 0, gaps: 0 }),
    folds: () => [],
    journal: () => ({ bytes: 0, segments: 0, syncs: 0, end: 0 }),
    storeReady: () => true,
    ...sources,
  });
  ends.push(() => metrics.stop());
  return metrics;
};
const lines = async (metrics: Metrics, name: string) =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(name));

test('the equation is told as its source has it at each scrape', async () => {
  let received = 10;
  const metrics = started({
    equation: () => [
      {
        tenant: 'acme',
        received,
        journalled: received - 3,
        quarantined: 1,
        duplicates: 2,
        replayed: 0,
      },
    ],
  });
  const name = 'gatescope_events_total';
  expect(await lines(metrics, name)).toEqual([
    `${name}{tenant="acme",result="received"} 10`,
    `${name}{tenant="acme",result="journalled"} 7`,
    `${name}{tenant="acme",result="quarantined"} 1`,
    `${name}{tenant="acme",result="duplicate"} 2`,
    `${name}{tenant="acme",result="replayed"} 0`,
  ]);
  received = 20;
  expect((await lines(metrics, name))[0]).toBe(`${name}{tenant="acme",result="received"} 20`);
});

test('what was redacted is told by tenant and rule', async () => {
  const metrics = started({
    redactions: () => [
      { tenant: 'acme', rule: 'cookie', count: 4 },
      { tenant: 'acme', rule: 'fields', count: 1 },
    ],
  });
  const name = 'gatescope_redacted_total';
  expect(await lines(metrics, name)).toEqual([
    `${name}{tenant="acme",rule="cookie"} 4`,
    `${name}{tenant="acme",rule="fields"} 1`,
  ]);
});

test('a consumer shows what it has taken, what it has not, and how far it is behind', async () => {
  const metrics = started({
    consumers: () => [
      {
        consumer: 'store',
        tenants: [
          {
            tenant: 'acme',
            delivered: 90,
            pending: 7,
            deadLettered: 2,
            expired: 1,
            lost: 4,
            balanced: false,
          },
        ],
        lag: 1.5,
      },
    ],
    comparison: () => ({
      lost: [
        { tenant: 'acme', rows: 3 },
        { tenant: 'acme', rows: 1 },
      ],
      surplus: 6,
      gaps: 9,
    }),
    journal: () => ({ bytes: 4096, segments: 2, syncs: 12, end: 100 }),
    storeReady: () => false,
  });
  const text = await metrics.text();
  for (const line of [
    'gatescope_consumer_events_total{consumer="store",tenant="acme",result="delivered"} 90',
    'gatescope_consumer_events_total{consumer="store",tenant="acme",result="dead_lettered"} 2',
    'gatescope_consumer_events_total{consumer="store",tenant="acme",result="expired"} 1',
    'gatescope_consumer_events_total{consumer="store",tenant="acme",result="lost"} 4',
    'gatescope_consumer_pending_events{consumer="store",tenant="acme"} 7',
    'gatescope_consumer_balanced{consumer="store",tenant="acme"} 0',
    'gatescope_lost_events_total{tenant="acme"} 4',
    'gatescope_store_surplus_events 6',
    'gatescope_journal_gap_events 9',
    'gatescope_consumer_lag_seconds{consumer="store"} 1.5',
    'gatescope_journal_syncs_total 12',
    'gatescope_journal_end 100',
    'gatescope_store_ready 0',
  ])
    expect(text).toContain(`${line}\n`);
});

test('requests are counted by route pattern and status', async () => {
  const metrics = started();
  metrics.observe({ method: 'POST', route: '/ingest', status: 200, seconds: 0.003 });
  metrics.observe({ method: 'POST', route: '/ingest', status: 200, seconds: 0.2 });
  const labels = 'method="POST",route="/ingest",status="200"';
  const text = await metrics.text();
  expect(text).toContain(`gatescope_http_request_duration_seconds_bucket{le="0.005",${labels}} 1\n`);
  expect(text).toContain(`gatescope_http_request_duration_seconds_count{${labels}} 2\n`);
});

test('two instances share nothing, and both watch the process', async () => {
  const [a, b] = [started(), started()];
  a.observe({ method: 'GET', route: '/livez', status: 200, seconds: 0.001 });
  expect(await lines(b, 'gatescope_http_request_duration_seconds_count')).toEqual([]);
  expect(await lines(b, 'process_resident_memory_bytes')).toHaveLength(1);
});

test('a held-up event loop shows in the longest delay', async () => {
  const loop = watchEventLoop();
  ends.push(() => loop.stop());
  const pause = () => new Promise((resolve) => setTimeout(resolve, 40));
  await pause();
  const until = performance.now() + 150;
  while (performance.now() < until);
  await pause();
  expect(loop.maximum).toBeGreaterThan(0.1);
});
