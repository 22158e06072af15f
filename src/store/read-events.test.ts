/** Events one by one against the real engine: pages of them, and a single one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventsAsk } from './read.ts';
import { masked, openTestReader, start, type TestReader, value, whole } from './reader.fixture.ts';

let store: TestReader['store'];
let reader: TestReader['reader'];
let insert: TestReader['insert'];
beforeAll(async () => {
  ({ store, reader, insert } = await openTestReader());
});
afterAll(() => store?.close());

describe('a page of events', () => {
  const range = { from: '2026-03-28T00:00:00Z', to: '2026-04-01T00:00:00Z' };
  const hour = 3600e6;
  const times = [0, 0, 1, 5, 5, 5, 20, 47, 47, 90].map((hours) => start + hours * hour);
  beforeAll(() =>
    insert(times.map((time, index) => ({ id: `p${index}`, tenant: 'pages', time, path: `/${index}` }))),
  );

  const ids = (events: readonly Record<string, unknown>[]): unknown[] => events.map((event) => event.id);
  async function allPages(ask: EventsAsk, tenant = 'pages'): Promise<unknown[]> {
    const seen: unknown[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = value(await reader.events(tenant, { ...ask, ...(cursor ? { cursor } : {}) }, whole));
      seen.push(...ids(page.events));
      cursor = page.next;
    }
    return seen;
  }

  it.each([1, 2, 3, 10, 100])('goes through all events once, newest first, %i at a time', async (limit) => {
    const wanted = times.map((_, index) => `p${index}`);
    expect(await allPages({ ...range, limit })).toEqual([...wanted].reverse());
    expect(await allPages({ ...range, limit, order: 'oldest' })).toEqual(wanted);
  });

  it.each(['newest', 'oldest'] as const)(
    'finds what a rollup points to, %s first, as it does without',
    async (order) => {
      // A correction and a double report weigh nothing or less, and are events; hours pass without any.
      const events = Array.from({ length: 120 }, (_, index) => ({
        id: `${order}${index}`,
        tenant: `pointed ${order}`,
        time: start + ((index * 7919) % 5000) * 60e6 + (index % 3) * hour,
        path: `/${index}`,
        status: index % 4 === 0 ? 503 : 200,
        weight: index % 8 === 0 ? (index % 16 === 0 ? -1 : 0) : 1,
      }));
      await insert(events);
      const wanted = events
        .filter(({ status }) => status === 503)
        .sort((a, b) => (order === 'oldest' ? a.time - b.time : b.time - a.time))
        .map(({ id }) => id);
      for (const filter of ['status:503', 'status:503 path:/*'])
        for (const limit of [1, 7, 100])
          expect(await allPages({ ...range, filter, limit, order }, `pointed ${order}`)).toEqual(wanted);
      expect(await allPages({ ...range, filter: 'status:418', order }, `pointed ${order}`)).toEqual([]);
    },
  );

  it('shows nothing on later pages that came after the first', async () => {
    const first = value(await reader.events('pages', { ...range, limit: 4, filter: 'path:/*' }, whole));
    await insert([{ id: 'late', tenant: 'pages', time: start + hour, path: '/late' }]);
    const cursor = first.next as string;
    const second = value(await reader.events('pages', { filter: 'path:/*', limit: 20, cursor }, whole));
    expect(ids(second.events)).toEqual(['p5', 'p4', 'p3', 'p2', 'p1', 'p0']);
    const fresh = value(await reader.events('pages', { ...range, total: true }, whole));
    expect(ids(fresh.events)).toContain('late');
    expect(fresh.total).toBe(11);
  });

  it('refuses a cursor of another filter or tenant, and what is no cursor', async () => {
    const cursor = value(await reader.events('pages', { ...range, limit: 1 }, whole)).next as string;
    for (const [tenant, ask] of [
      ['pages', { filter: 'path:/1', cursor }],
      ['cases', { cursor }],
      ['pages', { cursor: 'nonsense' }],
    ] as const)
      expect(await reader.events(tenant, ask, whole)).toMatchObject({
        ok: false,
        error: { kind: 'invalid', path: 'cursor' },
      });
  });

  it('says where a filter is wrong', async () => {
    const wrong = await reader.events('pages', { filter: 'path:/a statuss:500' }, whole);
    expect(wrong).toMatchObject({
      ok: false,
      error: { kind: 'invalid', path: 'filter', offset: 8, length: 7 },
    });
    expect(!wrong.ok && wrong.error.reason).toContain('did you mean status?');
  });

  it('writes times with microseconds and leaves out what is absent, but not 0 and false', async () => {
    const event = {
      id: 'full',
      tenant: 'json',
      time: start + 123_456,
      bytesIn: 0,
      cached: false,
      attributes: { a: '1' },
      consumerGroups: ['x'],
    };
    await insert([event]);
    const page = value(await reader.events('json', range, { ...whole, positions: true }));
    expect(page.events).toEqual([
      {
        position: store.end() - 1,
        id: 'full',
        weight: 1,
        tenant: 'json',
        time: '2026-03-28T00:00:00.123456Z',
        received: '2026-03-28T00:00:00.000000Z',
        vocabulary: 'otoroshi',
        type: 'GatewayEvent',
        family: 'traffic',
        severity: 'info',
        outcome: 'success',
        bytesIn: 0,
        cached: false,
        consumerGroups: ['x'],
        attributes: { a: '1' },
        retention: 'default',
      },
    ]);
    const short = value(await reader.events('json', { ...range, columns: ['cached'] }, whole));
    expect(Object.keys(short.events[0] ?? {}).sort()).toEqual(['cached', 'id', 'received', 'time']);
  });
});

describe('one event', () => {
  const awkward = 'a/b?c=d%20"\'\\\n😀';
  beforeAll(() =>
    insert([
      { id: awkward, tenant: 'one', raw: '{"big": 1541238890123456789}', consumer: 'mobile-app' },
      { id: 'shared', tenant: 'one', type: 'A' },
      { id: 'shared', tenant: 'one', type: 'B', rawEncoding: 'base64', raw: '/w==' },
    ]),
  );

  it('is found by any id, with its bytes when they may be seen', async () => {
    const found = value(await reader.event('one', awkward, { raw: true }, whole));
    expect(found).toMatchObject({
      kind: 'found',
      event: { id: awkward, raw: '{"big": 1541238890123456789}' },
    });
    const less = value(await reader.event('one', awkward, { raw: false }, masked));
    expect(less).toMatchObject({ kind: 'found', event: { id: awkward } });
    expect(JSON.stringify(less)).not.toMatch(/mobile-app|1541238890123456789/);
    expect(await reader.event('one', awkward, { raw: true }, masked)).toMatchObject({
      ok: false,
      error: { kind: 'forbidden' },
    });
  });

  it('must be picked by its type where several share the id', async () => {
    expect(value(await reader.event('one', 'shared', { raw: true }, whole))).toEqual({
      kind: 'several',
      types: ['A', 'B'],
    });
    const picked = value(await reader.event('one', 'shared', { type: 'B', raw: true }, whole));
    expect(picked).toMatchObject({ kind: 'found', event: { type: 'B', rawBase64: '/w==' } });
  });

  it('is missing for another tenant', async () => {
    expect(value(await reader.event('pages', awkward, { raw: true }, whole))).toEqual({ kind: 'missing' });
  });
});
