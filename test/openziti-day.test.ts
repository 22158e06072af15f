/**
 * The example for OpenZiti, run on what a real controller wrote: its log is followed while it grows and is rotated as the
 * controller rotates it, and what was stored is compared with what was written.
 */
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../src/core/frame.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let lines: readonly string[];
let folder: string;
let server: StartedServer;

const ask = (more: object): Promise<Frame> =>
  server.api('/api/query', {
    from: '2026-11-21T00:00:00Z',
    to: '2026-11-22T00:00:00Z',
    measures: ['count'],
    ...more,
  });
/** What the controller has sent, without what was derived from it. */
const sent = 'vocabulary:openziti -causedBy:*';
const countOf = async (filter: string): Promise<unknown> => (await ask({ filter })).totals[0];

/** As the controller does: an object and its end are two writes. */
async function write(log: string, written: readonly string[]): Promise<void> {
  for (const line of written) {
    await appendFile(log, line);
    await appendFile(log, '\n');
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-openziti-'));
  lines = (await readFile(fileOf('fixtures/openziti/capture.ndjson'), 'utf8')).trim().split('\n');
  const log = join(folder, 'events.json');
  const example = await readFile(fileOf('../examples/openziti/gatescope.yaml'), 'utf8');
  await writeFile(join(folder, 'gatescope.yaml'), example.replace('/var/log/ziti/events.json', log));
  server = await startTestServer({ GATESCOPE_CONFIG: join(folder, 'gatescope.yaml') });
  await server.ready();

  const half = lines.length / 2;
  await write(log, lines.slice(0, half));
  await rename(log, join(folder, 'events-2026-11-21T13-07-36.322.json'));
  await write(log, lines.slice(half));
  while ((await countOf(sent)) !== lines.length) await sleep(50);
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('an OpenZiti controller whose event log is followed', () => {
  it('has every event stored under its newer name, and none refused', async () => {
    const { rows } = await ask({ filter: sent, by: ['type'], limit: 100 });
    const written = new Map<string, number>();
    for (const line of lines) {
      const { namespace } = JSON.parse(line) as { namespace: string };
      const bare = namespace
        .replace(/^service\.events$/, 'service')
        .replace(/^(fabric|edge)\./, '')
        .replace(/^(circuit|router|link|session|apiSession|terminator|entityCount)s$/, '$1');
      written.set(bare, (written.get(bare) ?? 0) + 1);
    }
    expect(new Map(rows.map(([type, count]) => [type, count]))).toEqual(written);
    expect(await server.api('/api/quarantine')).toMatchObject({ entries: [] });
  });

  it('is not counted twice when the same lines are sent again', async () => {
    const answer = await fetch(`${server.url}/ingest/openziti`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testToken}`, 'content-type': 'application/x-ndjson' },
      body: `${lines.join('\n')}\n`,
    });
    // The alert has a time in milliseconds alone.
    expect(await answer.json()).toMatchObject({ received: 48, accepted: 1, duplicates: 47, quarantined: 0 });
  });

  it('answers with the fields of its events', async () => {
    expect(await countOf('namespace:edge.sessions session_type:Bind')).toBe(1);
    expect(await countOf('type:terminator severity:critical')).toBe(1);
    const downloads = await ask({
      filter: 'usage.egress.rx:>1000',
      measures: ['count', 'usage.egress.rx.sum'],
    });
    expect(downloads.totals).toEqual([1, 300_415]);
    const rates = await ask({ filter: 'metric:ctrl.tx.msgsize', measures: ['metrics.p95.max'] });
    expect(rates.totals).toEqual([3527]);
  });

  it('counts the bytes of a circuit once, though they are told in two versions and two spellings', async () => {
    while ((await countOf('type:transfer')) !== 2) await sleep(50);
    const used = await ask({ measures: ['bytesIn', 'bytesOut'], by: ['circuitId'] });
    expect(used.totals).toEqual([null, 124, 300_415]);
    expect(used.rows).toContainEqual(['6dhIWdmEowcgrPu7JKdBnm', 124, 300_415]);
  });
});
