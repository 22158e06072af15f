/** The example for Kong is true: what its plugin is told to do works, sent the way the plugin sends it. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fixture, fixtureLines } from '../src/vocabularies/records.fixture.ts';
import { type StartedServer, startTestServer } from './started-server.ts';

interface Plugin {
  readonly name: string;
  readonly config: {
    readonly http_endpoint: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly queue: { readonly max_batch_size: number };
  };
}

let server: StartedServer;
let config: Plugin['config'];

beforeAll(async () => {
  server = await startTestServer();
  const text = await readFile(new URL('../examples/kong/kong.yaml', import.meta.url), 'utf8');
  const { plugins } = parse(text.replace('gs_the-token', server.token)) as { plugins: [Plugin] };
  config = plugins[0].config;
});
afterAll(async () => server?.stop());

/** As the plugin does: one object when batches are of one, a list otherwise; anything below 300 is success. */
async function send(records: readonly string[]) {
  const isSingle = config.queue.max_batch_size === 1;
  const answer = await fetch(`${server.url}${new URL(config.http_endpoint).pathname}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...config.headers },
    body: isSingle ? (records[0] as string) : `[${records.join(',')}]`,
  });
  expect(answer.status).toBeLessThan(300);
  return (await answer.json()) as { received: number; accepted: number; duplicates: number };
}

describe('examples/kong', () => {
  const records = fixtureLines('kong', 'access');
  const named = fixture('kong', 'access').filter(
    ({ request }) => typeof (request as { id?: unknown }).id === 'string',
  );

  it('takes in a batch, and the same batch again only where a record has no id', async () => {
    expect(await send(records)).toMatchObject({ received: records.length, accepted: records.length });
    expect(await send(records)).toMatchObject({ duplicates: named.length });
  });

  it('shows why requests were refused', async () => {
    await server.stored();
    const { rows } = await server.api<{ rows: [string, number][] }>('/api/query', {
      from: '2026-11-21T00:00:00Z',
      to: '2026-11-22T00:00:00Z',
      filter: 'vocabulary:kong outcome:denied',
      measures: ['count'],
      by: ['denialReason'],
    });
    // The record of Kong 2 has no id and came twice.
    expect(Object.fromEntries(rows)).toEqual({
      rateOrQuotaExceeded: 2,
      invalidCredentials: 3,
      ipRestriction: 1,
      noAclGroups: 1,
      timeRestriction: 1,
      other: 1,
    });
  });

  it('finds groups and keeps secrets out', async () => {
    const { events } = await server.api<{ events: { id: string; consumerGroups: string[] }[] }>(
      '/api/events?filter=consumerGroups:gold&from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z',
    );
    expect(events.map(({ consumerGroups }) => consumerGroups)).toEqual([['gold', 'partners']]);
    const event = await server.api<{ raw: string }>(`/api/events/${events[0]?.id}`);
    expect(event.raw).toContain('[redacted]');
    expect(JSON.stringify(event)).not.toContain('hunter2');
  });
});
