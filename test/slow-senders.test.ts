/** One sender never stops another: a tenant's events are taken in beside slow senders of another tenant, and of its own. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSlowSenders } from '../bench/slow-connections.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

let server: StartedServer;
const tokens: Record<string, string> = { default: testToken };
beforeAll(async () => {
  // Little room, so that the slow senders fill it.
  server = await startTestServer({ GATESCOPE_INGEST_IN_FLIGHT: '16MB', GATESCOPE_INGEST_RATE_WINDOW: '5s' });
  await server.ready();
  const signedIn = await fetch(`${server.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'admin', password: server.password }),
  });
  const { csrf } = (await signedIn.json()) as { csrf: string };
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const asAdmin = async (path: string, body: unknown): Promise<{ secret: string }> => {
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gatescope-csrf': csrf, cookie },
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as { secret: string };
  };
  await asAdmin('/api/tenants', { name: 'other' });
  const wanted = { name: 'other', scopes: ['ingest'] };
  tokens.other = (await asAdmin('/api/tokens?tenant=other', wanted)).secret;
});
afterAll(() => server.stop());

async function send(tenant: string, body: string): Promise<number> {
  const answer = await fetch(`${server.url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens[tenant]}` },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

describe('beside slow senders that hold all the room they can', () => {
  it.each([
    ['another tenant', 'other'],
    ['their own tenant', 'default'],
  ])('the events of %s are taken in', async (_, tenant) => {
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    const slow = openSlowSenders(server.url, `Bearer ${testToken}`, 24, ending.signal);
    await sleep(1_000);
    const statuses: number[] = [];
    for (let n = 0; n < 30; n += 1) {
      statuses.push(await send(tenant, `{"n":${n}}\n`.repeat(20)));
      await sleep(200);
    }
    expect(statuses).toEqual(Array(30).fill(200));
    ending.abort();
    // Those that keep no rate were ended, and say so.
    expect([...slow.answers.keys()]).toContain('408 Request Timeout');
  });

  it('a large body of another tenant is taken in, too', async () => {
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    openSlowSenders(server.url, `Bearer ${testToken}`, 24, ending.signal);
    await sleep(1_000);
    expect(await send('other', `{"text":"${'x'.repeat(900)}"}\n`.repeat(6_000))).toBe(200);
    ending.abort();
  });
});
