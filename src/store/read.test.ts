/** The reader against the real engine. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Event } from '../core/event.ts';
import { createFields } from '../query/fields.ts';
import { caseEvents, declaredForCases, meanings } from '../query/meaning.cases.ts';
import { openStoreClient } from './engine/client.ts';
import { createReader, type EventsAsk, type Reader } from './read.ts';
import { createRun, type ReadLimits } from './run.ts';
import { eventsTable } from './schema.ts';
import { openTestStore, type TestStore } from './store.fixture.ts';

const start = Date.UTC(2026, 2, 28) * 1000;
const now = start + 4 * 86_400e6;
const whole = { unmasked: true };
const masked = { unmasked: false };

let store: TestStore;
let reader: Reader;

const blank: Event = {
  id: '',
  weight: 1,
  tenant: 'default',
  time: start,
  received: start,
  vocabulary: 'otoroshi',
  type: 'GatewayEvent',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: '{}',
};

const insert = (events: readonly Partial<Event>[]): Promise<void> =>
  store.insert(events.map((event, index) => ({ ...blank, id: `e${store.end() + index}`, ...event })));

const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

beforeAll(async () => {
  store = await openTestStore();
  reader = createReader({
    client: store.client,
    clock: () => now,
    fields: createFields(declaredForCases),
    journalEnd: store.end,
    maskSecret: 'secret',
  });
});

afterAll(() => store?.close());

describe('a filter in the store', () => {
  const from = '2026-03-28T00:00:00Z';
  const to = '2026-03-29T00:00:00Z';
  beforeAll(() =>
    insert(Object.entries(caseEvents).map(([id, event]) => ({ ...event, id, tenant: 'cases' }))),
  );

  it.each(meanings)('%s keeps what the table says', async (filter, names) => {
    const page = value(await reader.events('cases', { filter, from, to, order: 'oldest' }, whole));
    expect(page.events.map((event) => event.id)).toEqual(names);
  });

  it('masks alike in the engine and in memory', async () => {
    const page = value(await reader.events('cases', { from, to, order: 'oldest' }, masked));
    for (const by of ['clientIp', 'consumer']) {
      const frame = value(await reader.query('cases', { from, to, measures: ['count'], by: [by] }, masked));
      const shown = [...new Set(page.events.map((event) => event[by] ?? null))];
      expect(new Set(frame.rows.map(([label]) => label))).toEqual(new Set(shown));
    }
    expect(page.events[0]?.clientIp).toBe('203.0.113.x');
    expect(page.events[1]?.clientIp).toBe('2001:0db8:0000::x');
    expect(page.events[0]?.consumer).toMatch(/^mob…[0-9a-f]{6}$/);
  });
});

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
    const page = value(await reader.events('json', range, whole));
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
    expect(Object.keys(short.events[0] ?? {}).sort()).toEqual([
      'cached',
      'id',
      'position',
      'received',
      'time',
    ]);
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

describe('values and the nearest moment', () => {
  const range = { from: '2026-03-28T00:00:00Z', to: '2026-04-01T00:00:00Z' };
  const day = 86_400e6;
  beforeAll(() =>
    insert(
      ['orders', 'orders', 'Other', 'users', ''].map((service, index) => ({
        tenant: 'values',
        service,
        consumer: 'ann',
        consumerGroups: ['gold', index > 2 ? 'beta' : 'gold'],
        status: 200 + (index % 2),
        time: start + index * 0.5 * day,
      })),
    ),
  );
  const values = async (field: string, more: object = {}) =>
    value(await reader.values('values', { field, ...range, ...more }, whole));

  it('counts the most frequent values', async () => {
    expect(await values('service')).toEqual([
      { value: 'orders', count: 2 },
      { value: 'Other', count: 1 },
      { value: 'users', count: 1 },
    ]);
    expect(await values('service', { prefix: 'o' })).toEqual([
      { value: 'orders', count: 2 },
      { value: 'Other', count: 1 },
    ]);
    expect(await values('service', { filter: 'status:201', limit: 1 })).toEqual([
      { value: 'orders', count: 1 },
    ]);
    expect(await values('status')).toEqual([
      { value: '200', count: 3 },
      { value: '201', count: 2 },
    ]);
    expect(await values('consumerGroups', { prefix: 'b' })).toEqual([{ value: 'beta', count: 2 }]);
  });

  it('gives no values of a personal field to someone who may not see them, and no filter on it', async () => {
    const forbidden = { ok: false, error: { kind: 'forbidden' } };
    expect(await reader.values('values', { field: 'consumer' }, masked)).toMatchObject(forbidden);
    expect(await reader.values('values', { field: 'service', filter: 'consumer:a*' }, masked)).toMatchObject(
      forbidden,
    );
    expect(await reader.events('values', { filter: 'raw:ann' }, masked)).toMatchObject(forbidden);
    const query = { ...range, measures: [{ name: 'x', measure: 'count', filter: '-consumer:ann' }] };
    expect(await reader.query('values', query, masked)).toMatchObject({
      ok: false,
      error: { kind: 'forbidden', path: 'measures.0.filter' },
    });
  });

  it('finds the nearest event before or after', async () => {
    const nearest = async (from: number, filter = '') =>
      value(await reader.nearest('values', { from: from / 1000, filter }, whole));
    expect(await nearest(start - 300 * day)).toBe('2026-03-28T00:00:00.000000Z');
    expect(await nearest(start + 300 * day)).toBe('2026-03-30T00:00:00.000000Z');
    expect(await nearest(start + 0.3 * day)).toBe('2026-03-28T12:00:00.000000Z');
    expect(await nearest(start, 'service:users')).toBe('2026-03-29T12:00:00.000000Z');
    expect(await nearest(start, 'service:nobody')).toBeNull();
  });
});

describe('limits', () => {
  const range = { from: '2026-03-28T00:00:00Z', to: '2026-04-01T00:00:00Z' };
  const limited = (limits: ReadLimits): Reader =>
    createReader({
      client: store.client,
      clock: () => now,
      fields: createFields([]),
      journalEnd: store.end,
      maskSecret: '',
      limits,
    });

  it('answers too many rows, too much memory and no engine with a value', async () => {
    const few = limited({ seconds: 30, memory: 1e9, rows: 1 });
    expect(
      await few.query('pages', { ...range, measures: ['count'], granularity: 'hour' }, whole),
    ).toMatchObject({ ok: false, error: { kind: 'tooLarge' } });
    const narrow = limited({ seconds: 30, memory: 1000, rows: 1000 });
    expect(await narrow.query('pages', { ...range, measures: ['count'], by: ['path'] }, whole)).toMatchObject(
      { ok: false, error: { kind: 'tooLarge' } },
    );
    const nobody = openStoreClient({ ...store.engine, url: 'http://127.0.0.1:9' });
    const alone = createReader({
      client: nobody,
      clock: () => now,
      fields: createFields([]),
      journalEnd: () => 0,
      maskSecret: '',
    });
    expect(await alone.events('pages', range, whole)).toMatchObject({
      ok: false,
      error: { kind: 'unavailable' },
    });
    await nobody.close();
  });

  it('stops in the engine too when the asker goes', async () => {
    const run = createRun(store.client);
    const endless = { sql: 'SELECT count() FROM numbers(1000000000000) WHERE number % 11 = 3', params: {} };
    const running = {
      sql: "SELECT count() FROM system.processes WHERE query LIKE '%numbers(1000000000000)%11%' AND query NOT LIKE '%processes%'",
      params: {},
    };
    const asker = new AbortController();
    const asked = run.cells(endless, asker.signal);
    await vi.waitFor(async () => expect(value(await run.cells(running))).toEqual([[1]]), { timeout: 20_000 });
    asker.abort();
    expect(await asked).toMatchObject({ ok: false, error: { kind: 'aborted' } });
    await vi.waitFor(async () => expect(value(await run.cells(running))).toEqual([[0]]), { timeout: 20_000 });
    expect(await run.cells(running, asker.signal)).toMatchObject({ ok: false, error: { kind: 'aborted' } });
  });

  it('stops a statement that takes too long', async () => {
    const run = createRun(store.client, { seconds: 1, memory: 1e9, rows: 10 });
    const endless = { sql: 'SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3', params: {} };
    expect(await run.cells(endless)).toMatchObject({ ok: false, error: { kind: 'timeout' } });
  });

  it('writes nothing and reads no file', async () => {
    const run = createRun(store.client);
    await expect(
      run.cells({ sql: `INSERT INTO ${eventsTable} (id) VALUES ('x')`, params: {} }),
    ).rejects.toThrow(/readonly/i);
    await expect(
      run.cells({ sql: `SELECT * FROM file('/etc/hostname', 'LineAsString')`, params: {} }),
    ).rejects.toThrow();
  });
});
