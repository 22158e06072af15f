/** The reader against the real engine: filters, values, the nearest moment, limits. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFields } from '../query/fields.ts';
import { caseEvents, meanings } from '../query/meaning.cases.ts';
import { openStoreClient } from './engine/client.ts';
import { createReader, type Reader } from './read.ts';
import { masked, now, openTestReader, start, type TestReader, value, whole } from './reader.fixture.ts';
import { createRun, type ReadLimits } from './run.ts';
import { eventsTable } from './schema.ts';

let store: TestReader['store'];
let reader: TestReader['reader'];
let insert: TestReader['insert'];
beforeAll(async () => {
  ({ store, reader, insert } = await openTestReader());
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
    const few = limited({ seconds: 30, memory: 1e9, rows: 1, bytes: 1e9 });
    expect(
      await few.query('values', { ...range, measures: ['count'], granularity: 'hour' }, whole),
    ).toMatchObject({ ok: false, error: { kind: 'tooLarge' } });
    const narrow = limited({ seconds: 30, memory: 1000, rows: 1000, bytes: 1e9 });
    expect(
      await narrow.query('values', { ...range, measures: ['count'], by: ['service'] }, whole),
    ).toMatchObject({ ok: false, error: { kind: 'tooLarge' } });
    const nobody = openStoreClient({ ...store.engine, url: 'http://127.0.0.1:9' });
    const alone = createReader({
      client: nobody,
      clock: () => now,
      fields: createFields([]),
      journalEnd: () => 0,
      maskSecret: '',
    });
    expect(await alone.events('values', range, whole)).toMatchObject({
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
    const run = createRun(store.client, { seconds: 1, memory: 1e9, rows: 10, bytes: 1e9 });
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
