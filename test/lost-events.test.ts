/** What is in neither store nor journal any more is counted, shown, audited and reported, and the server starts. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Log } from '../src/core/ports.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const said: string[] = [];
const log: Log = { debug() {}, info() {}, warn() {}, error: (message) => said.push(message) };
let server: StartedServer | undefined;
afterAll(() => server?.stop());

interface Shown {
  readonly equation: { readonly received: number; readonly balanced: boolean };
  readonly consumers: readonly { readonly name: string; readonly lost: number; readonly balanced: boolean }[];
  readonly lost: readonly { readonly tenant: string; readonly day: string; readonly events: number }[];
}

async function send(running: StartedServer, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({ id: `e${Date.now()}-${index}` }),
  );
  const answer = await fetch(`${running.url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testToken}` },
    body: lines.join('\n'),
  });
  expect(answer.status).toBe(200);
  await running.stored();
}

it('events of which store and journal are deleted are lost, everywhere the same number, once', async () => {
  const first = await startTestServer({}, undefined, log);
  await send(first, 40);
  const before = (await first.api<Shown>('/api/status')).equation.received;
  await first.stop(true);
  await rm(join(first.data, 'store'), { recursive: true });
  for (const name of await readdir(join(first.data, 'journal')))
    if (name.endsWith('.segment')) await rm(join(first.data, 'journal', name));

  for (let starts = 0; starts < 2; starts++) {
    said.length = 0;
    server = await startTestServer({}, first.data, log);
    await server.ready();
    await server.stored();
    const status = await server.api<Shown>('/api/status');
    expect(status.lost.reduce((sum, { events }) => sum + events, 0)).toBe(before);
    expect(status.equation.received).toBeGreaterThanOrEqual(before);
    expect(status.consumers.every(({ balanced }) => balanced)).toBe(true);
    expect(status.consumers.find(({ name }) => name === 'store')?.lost).toBe(before);
    const metrics = await (
      await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${testToken}` } })
    ).text();
    expect(metrics).toContain(`gatescope_lost_events_total{tenant="default"} ${before}\n`);
    expect(metrics).toContain('gatescope_consumer_balanced{consumer="store",tenant="default"} 1\n');
    // Reported once; the second start knows it.
    expect(said.some((text) => text.startsWith('Events are lost'))).toBe(starts === 0);
    let audited = 0;
    while (audited === 0) {
      const page = await server.api<{ events: { message: string }[] }>(
        `/api/events?filter=${encodeURIComponent('action:events.lost')}`,
      );
      audited = page.events.length;
      if (audited > 0) expect(page.events[0]?.message).toContain(`${before} accepted events are lost`);
    }
    expect(audited).toBe(1);
    if (starts === 0) await server.stop(true);
  }
});
