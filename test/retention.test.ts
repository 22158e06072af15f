/** That nothing is removed by surprise, asked of the whole server: who sends, who reads and who runs it are informed. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch-8';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RetentionStatus } from '../src/api/retention-status.ts';
import { runCli } from '../src/cli/cli-process.ts';
import type { Frame, IngestAnswer } from '../src/core/frame.ts';
import type { GatewayRecord } from '../src/core/spec.ts';
import { auditEvent } from '../src/vocabularies/otoroshi/audit-event.ts';
import { healthCheckEvent } from '../src/vocabularies/otoroshi/health-check-event.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const day = 86_400_000;
let server: StartedServer;
const ago = (days: number): string => new Date(Date.now() - days * day).toISOString();
const events = (days: number, count = 1): string =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      time: ago(days),
      id: `${days} ${index} ${Math.random()}`,
      filler: 'x'.repeat(100),
    }),
  ).join('\n');

async function ingest(body: string, key?: string): Promise<IngestAnswer> {
  const answer = await fetch(`${server.url}/ingest`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${testToken}`,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body,
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as IngestAnswer;
}
const status = async (): Promise<RetentionStatus> =>
  (await server.api<{ retention: RetentionStatus }>('/api/status')).retention;
const metric = async (name: string): Promise<string[]> => {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${testToken}` } });
  return (await answer.text()).split('\n').filter((line) => line.startsWith(name));
};

/** Tokens of the scope read, by tenant. */
const readers = new Map<string, string>();

beforeAll(async () => {
  server = await startTestServer();
  await server.ready();
  const ask = async <T>(path: string, body: object, headers: Record<string, string> = {}) => {
    const json = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(body),
    });
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    return { cookie, value: (await answer.json()) as T };
  };
  const session = await ask<{ csrf: string }>('/api/session', { user: 'admin', password: server.password });
  const admin = { cookie: session.cookie, 'x-gatescope-csrf': session.value.csrf };
  await ask('/api/tenants', { name: 'acme' }, admin);
  for (const tenant of ['acme', 'default']) {
    const wanted = { name: 'reader', scopes: ['read'] };
    const made = await ask<{ secret: string }>(`/api/tokens?tenant=${tenant}`, wanted, admin);
    readers.set(tenant, made.value.secret);
  }
});
afterAll(() => server.stop());

it('keeps events for 400 days, and names nothing younger', async () => {
  expect(await ingest(events(30, 10))).toEqual({
    received: 10,
    accepted: 10,
    duplicates: 0,
    quarantined: 0,
    redacted: 0,
    problems: [],
  });
  expect(await ingest(events(399.9))).not.toHaveProperty('pastRetention');
});

it('names in the answer what is past its class: how many, the oldest, the rule; a large body too', async () => {
  const small = await ingest(`${events(401)}\n${events(500)}\n${events(1)}`);
  expect(small).toMatchObject({ received: 3, accepted: 3, problems: [] });
  expect(small.pastRetention).toEqual([
    {
      retention: 'default',
      because: 'age',
      count: 2,
      before: expect.stringContaining(ago(400).slice(0, 10)),
      oldest: expect.stringContaining(ago(500).slice(0, 10)),
      reason:
        'older than the 400 days that events of the class default are kept: they are removed a day after the last of them has arrived, or sooner if the store needs the room, unless retention.age is raised',
    },
  ]);
  const large = await ingest(`${events(450, 500)}\n${events(2, 500)}`);
  expect(large).toMatchObject({ accepted: 1000, pastRetention: [{ count: 500 }] });
});

it('stores what is past its class all the same, for the day that it is kept', async () => {
  await server.stored();
  const query = { from: ago(600), to: ago(400.1), measures: ['count'] };
  expect((await server.api<Frame>('/api/query', query)).totals).toEqual([502]);
});

it('does not name a repetition', async () => {
  const old = events(700);
  expect(await ingest(old, 'once')).toHaveProperty('pastRetention');
  const again = await ingest(old, 'once');
  expect(again).toMatchObject({ accepted: 0, duplicates: 1 });
  expect(again).not.toHaveProperty('pastRetention');
});

it('warns the clients of Elasticsearch in a header, and leaves their answer as it is', async () => {
  const client = new Client({
    node: `${server.url}/es`,
    auth: { username: 'any', password: testToken },
  });
  const bulk = (days: number) =>
    client.bulk(
      { operations: [{ create: { _index: 'logs' } }, JSON.parse(events(days)) as object] },
      { meta: true },
    );
  expect((await bulk(3)).warnings).toBeNull();
  const old = await bulk(800);
  expect(old.warnings).toEqual([expect.stringMatching(/"1 accepted event.* older than the 400 days/)]);
  expect(old.body).toMatchObject({ errors: false, items: [{ create: { status: 201 } }] });
  await client.close();
});

it('is said by the command line, at the sender and in the metrics', async () => {
  const sent = await runCli(['ingest', '-', '-o', 'json'], {
    folder: server.data,
    variables: { GATESCOPE_URL: server.url, GATESCOPE_TOKEN: testToken },
    input: `${events(900, 3)}\n${events(1)}\n`,
  });
  expect(sent).toMatchObject({ code: 0 });
  expect(JSON.parse(sent.stdout)).toMatchObject({ accepted: 4, pastRetention: 3 });
  expect(sent.stderr).toMatch(/3 accepted events, the oldest of \d{4}-.*, are older than the 400 days/);

  const { senders } = await server.api<{ senders: { receiver: string; pastRetention: number }[] }>(
    '/api/senders',
  );
  expect(senders.reduce((sum, { pastRetention }) => sum + pastRetention, 0)).toBe(507);
  expect(await metric('gatescope_past_retention_events_total{')).toEqual([
    'gatescope_past_retention_events_total{tenant="default",retention="default",because="age"} 507',
  ]);
});

it('shows the rules, the oldest day, what goes next and the budget to who runs the installation', async () => {
  await server.stored();
  await server.stop(true);
  server = await startTestServer({}, server.data);
  await server.ready();
  let shown = await status();
  for (let tries = 0; shown.checked === undefined && tries < 100; tries++) {
    await sleep(50);
    shown = await status();
  }
  expect(shown.classes).toEqual([
    {
      retention: 'default',
      age: 400 * 86_400,
      keptFrom: [{ because: 'age', time: expect.stringContaining(ago(400).slice(0, 10)) }],
      oldestDay: ago(900).slice(0, 10),
      next: expect.objectContaining({ day: ago(900).slice(0, 10), because: 'age', events: 3 }),
    },
  ]);
  // It has just arrived, and so stays for a day.
  const next = Date.parse(shown.classes[0]?.next?.time ?? '');
  expect(next - Date.now()).toBeGreaterThan(0.9 * day);
  const { budget, bytes } = shown.installation ?? {};
  expect(bytes).toBeGreaterThan(0);
  expect(budget?.bytes).toBeGreaterThan(bytes ?? 0);
  expect(await metric('gatescope_store_budget_bytes ')).toEqual([
    `gatescope_store_budget_bytes ${budget?.bytes}`,
  ]);

  const told = await runCli(['retention', '-o', 'table'], {
    folder: server.data,
    variables: { GATESCOPE_URL: server.url, GATESCOPE_TOKEN: testToken },
  });
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toContain(`default  400 d     ${ago(900).slice(0, 10)}`);
});

it.each(['acme', 'default'])('shows a reader of %s the rules and its own figures alone', async (tenant) => {
  const answer = await fetch(`${server.url}/api/status`, {
    headers: { authorization: `Bearer ${readers.get(tenant)}` },
  });
  const { retention } = (await answer.json()) as { retention: RetentionStatus };
  const keptFrom = [{ because: 'age', time: expect.any(String) }];
  expect(retention).toEqual({
    checked: expect.any(String),
    classes: [{ retention: 'default', age: 400 * 86_400, keptFrom }],
    dropped: [],
  });
});

it('keeps a family of events for a time of its own, whoever reads its records', async () => {
  const config = join(server.data, 'gatescope.yaml');
  await writeFile(
    config,
    'retention:\n  classes:\n    - { family: audit, age: 1000d }\n    - { family: health, age: 10d }\n',
  );
  await server.stop(true);
  server = await startTestServer({ GATESCOPE_CONFIG: config }, server.data);
  await server.ready();
  const records = (example: GatewayRecord, days: number, count: number): string =>
    Array.from({ length: count }, (_, index) =>
      JSON.stringify({ ...example, '@timestamp': Date.now() - days * day - index, '@id': randomUUID() }),
    ).join('\n');
  const named = async (body: string) =>
    (await ingest(body)).pastRetention?.map(({ retention, count }) => [retention, count]);
  // A small body is read at once, a large one in a thread.
  for (const count of [2, 500]) {
    expect(await named(records(auditEvent.example, 999, count))).toBeUndefined();
    expect(await named(records(auditEvent.example, 1001, count))).toEqual([['audit', count]]);
    expect(await named(records(healthCheckEvent.example, 11, count))).toEqual([['health', count]]);
    expect(await named(events(11, count))).toBeUndefined();
    expect(await named(events(401, count))).toEqual([['default', count]]);
  }
  expect((await status()).classes.map(({ retention, age }) => [retention, age / 86_400])).toEqual([
    ['default', 400],
    ['audit', 1000],
    ['health', 10],
  ]);
});
