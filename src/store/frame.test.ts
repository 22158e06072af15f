/** Frames against a computation in memory that knows nothing of SQL. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../core/event.ts';
import type { Cell, Frame } from '../core/frame.ts';
import type { Query } from '../core/query.ts';
import { bindFilter } from '../query/bind.ts';
import { createFields } from '../query/fields.ts';
import { matches } from '../query/matches.ts';
import { parseFilter } from '../query/parse.ts';
import { createReader, type Reader } from './read.ts';
import { openTestStore, type TestStore } from './store.fixture.ts';

/** The clocks of Amsterdam go forward in the night of 29 March 2026, so that day has 23 hours. */
const first = Date.UTC(2026, 2, 27, 23) * 1000;
const now = Date.UTC(2026, 2, 31, 10, 30) * 1000;
const whole = { unmasked: true };

/** Numbers that look random and are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = seeded(7);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const maybe = <T>(value: T): T | undefined => (random() < 0.8 ? value : undefined);

const events: Event[] = Array.from({ length: 3000 }, (_, index) => {
  const optional = {
    service: maybe(pick(['orders', 'users', 'search', 'billing', 'mail'])),
    route: maybe(`r${Math.floor(random() ** 2 * 30)}`),
    consumer: maybe(pick(['ann', 'bob', 'eve', 'joe'])),
    consumerGroups: maybe([pick(['gold', 'silver']), pick(['gold', 'beta'])]),
    status: maybe(pick([200, 201, 404, 500, 503])),
    cached: maybe(pick([true, false])),
    duration: maybe(Math.floor(random() ** 3 * 2e6)),
    bytesOut: maybe(Math.floor(random() * 1e5)),
    attributes: maybe({ quota: pick(['1', '2.5', 'none']) }),
  };
  return {
    id: `e${index}`,
    tenant: random() < 0.9 ? 'default' : 'other',
    weight: pick([1, 1, 1, 1, 0, -1, 3]),
    time: first + Math.floor(random() * (now - first)),
    received: now,
    vocabulary: 'nginx',
    type: 'access',
    family: pick(['traffic', 'traffic', 'traffic', 'audit']),
    severity: 'info',
    outcome: pick(['success', 'success', 'failure', 'denied', 'clientError']),
    retention: 'default',
    raw: '{}',
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
});
const fields = createFields([{ name: 'quota', kind: 'number', doc: 'A number.' }]);

let store: TestStore;
let reader: Reader;

beforeAll(async () => {
  store = await openTestStore();
  await store.insert(events);
  reader = createReader({
    client: store.client,
    clock: () => now,
    fields,
    journalEnd: store.end,
    maskSecret: 's',
  });
});

afterAll(() => store?.close());

async function ask(query: Query, tenant = 'default'): Promise<Frame> {
  const frame = await reader.query(tenant, query, whole);
  if (!frame.ok) throw new Error(JSON.stringify(frame.error));
  return frame.value;
}

const kept = (filter: string, from: number, to: number): Event[] => {
  const parsed = parseFilter(filter);
  const bound = parsed.ok ? bindFilter(parsed.value, { fields, now, unmasked: true }) : parsed;
  if (!bound.ok) throw new Error(bound.error.reason);
  const predicate = matches(bound.value);
  return events.filter(
    (event) => event.tenant === 'default' && event.time >= from && event.time < to && predicate(event),
  );
};

const sum = (list: readonly Event[], of: (event: Event) => number | undefined): number =>
  list.reduce((total, event) => total + (of(event) ?? 0), 0);
const requests = (list: readonly Event[]): Event[] => list.filter(({ family }) => family === 'traffic');
const weightOf = (event: Event): number => event.weight;
const over = (a: number, b: number): number | null => (b === 0 ? null : a / b);

const naive: Readonly<Record<string, (list: readonly Event[]) => number | null>> = {
  count: (list) => sum(list, weightOf),
  requests: (list) => sum(requests(list), weightOf),
  denied: (list) =>
    sum(
      requests(list).filter(({ outcome }) => outcome === 'denied'),
      weightOf,
    ),
  errors: (list) =>
    sum(
      requests(list).filter(({ outcome }) => outcome === 'failure'),
      weightOf,
    ),
  errorRate: (list) =>
    over(
      sum(
        requests(list).filter(({ outcome }) => outcome === 'failure'),
        weightOf,
      ),
      sum(requests(list), weightOf),
    ),
  share2xx: (list) =>
    over(
      sum(
        requests(list).filter(({ status = 0 }) => status >= 200 && status < 300),
        weightOf,
      ),
      sum(requests(list), weightOf),
    ),
  uniqueConsumers: (list) =>
    new Set(
      list
        .filter(({ weight, consumer }) => weight > 0 && consumer !== undefined)
        .map(({ consumer }) => consumer),
    ).size,
  bytesOut: (list) => sum(list, ({ bytesOut = 0, weight }) => bytesOut * weight),
  'duration.avg': (list) => {
    const known = list.filter(({ duration }) => duration !== undefined);
    return over(
      sum(known, ({ duration = 0, weight }) => duration * weight),
      sum(known, weightOf),
    );
  },
  'duration.max': (list) => {
    const known = list.flatMap(({ duration, weight }) =>
      duration === undefined || weight <= 0 ? [] : [duration],
    );
    return known.length === 0 ? null : Math.max(...known);
  },
  'quota.sum': (list) => sum(list, ({ attributes, weight }) => weight * (Number(attributes?.quota) || 0)),
};
const measures = Object.keys(naive);
const figures = (list: readonly Event[]): (number | null)[] =>
  measures.map((name) => naive[name]?.(list) ?? null);

const filters = [
  '',
  'status:>=500',
  '-service:orders',
  'consumer:(ann OR bob) cached:true',
  'consumerGroups:gold',
  'quota:>1',
];
const dimensions: readonly (readonly (keyof Event)[])[] = [
  ['service'],
  ['status'],
  ['cached'],
  ['service', 'outcome'],
  ['status', 'consumer', 'cached'],
];
const keyOf = (event: Event, by: readonly (keyof Event)[]): string =>
  JSON.stringify(by.map((name) => event[name] ?? null));

function expectFigures(cells: readonly Cell[], list: readonly Event[]): void {
  const wanted = figures(list);
  expect(cells.length).toBe(wanted.length);
  for (const [index, cell] of cells.entries()) {
    const figure = wanted[index] as number | null;
    if (figure === null || cell === null) expect(cell, measures[index]).toBe(figure);
    else expect(cell as number, measures[index]).toBeCloseTo(figure, 6);
  }
}

describe('a frame', () => {
  const from = first + 3 * 3600e6 + 123_456;
  const to = now - 3600e6 - 654_321;
  const range = { from: from / 1000, to: to / 1000 };

  it.each(filters)('has the figures of the events that pass %s', async (filter) => {
    const frame = await ask({ ...range, filter, measures });
    expect(frame.rows.length).toBe(1);
    expectFigures(frame.rows[0] as Cell[], kept(filter, from, to));
    expect(frame.totals).toEqual(frame.rows[0]);
    expect(frame.others).toBeNull();
  });

  it.each(dimensions)(
    'parts the events by %s, and what lies outside the top is the others',
    async (...by) => {
      const names = by.filter((name) => typeof name === 'string') as (keyof Event)[];
      const list = kept('', from, to);
      const groups = Map.groupBy(list, (event) => keyOf(event, names));
      const frame = await ask({ ...range, measures, by: names, limit: 3, others: true });
      expect(frame.rows.length).toBe(Math.min(3, groups.size));
      const shown = frame.rows.map((row) => JSON.stringify(row.slice(0, names.length)));
      for (const [index, row] of frame.rows.entries())
        expectFigures(row.slice(names.length), groups.get(shown[index] as string) ?? []);
      const counts = [...groups.values()].map((group) => sum(group, weightOf)).sort((a, b) => b - a);
      expect(frame.rows.map((row) => row[names.length])).toEqual(counts.slice(0, 3));
      const rest = list.filter((event) => !shown.includes(keyOf(event, names)));
      if (groups.size > 3) expectFigures((frame.others?.[0] ?? []).slice(names.length), rest);
      else expect(frame.others).toBeNull();
      expectFigures(frame.totals.slice(names.length), list);
    },
  );

  it('counts an event in each group of a list once, and once in the totals', async () => {
    const frame = await ask({ ...range, measures: ['count'], by: ['consumerGroups'] });
    const list = kept('', from, to);
    for (const [group, count] of frame.rows) {
      const inGroup = list.filter(({ consumerGroups }) =>
        group === null ? consumerGroups === undefined : consumerGroups?.includes(group as string),
      );
      expect(count).toBe(sum(inGroup, weightOf));
    }
    expect(frame.totals).toEqual([null, sum(list, weightOf)]);
  });

  it.each([
    ['hour', 'UTC'],
    ['15 minutes', 'Asia/Kathmandu'],
    ['day', 'Europe/Amsterdam'],
    ['week', 'Europe/Amsterdam'],
    ['month', 'America/New_York'],
  ] as const)('has every %s of %s in order, the empty ones too', async (granularity, timezone) => {
    const frame = await ask({
      ...range,
      filter: 'status:503',
      timezone,
      granularity,
      measures,
      by: ['service'],
      limit: 2,
      others: true,
    });
    const list = kept('status:503', from, to);
    const starts = [...new Set(frame.rows.map(([time]) => time as string))];
    const edges = [...starts.map((start) => Date.parse(start) * 1000), Number.POSITIVE_INFINITY];
    expect(edges[0]).toBeLessThanOrEqual(from);
    expect(frame.rows.length).toBe(starts.length * 2);
    expect(frame.others?.map(([time]) => time)).toEqual(starts);
    const shown = frame.rows.slice(0, 2).map(([, service]) => service);
    for (const [time, service, ...cells] of frame.rows) {
      const at = starts.indexOf(time as string);
      const inBucket = list.filter(
        (event) => event.time >= (edges[at] as number) && event.time < (edges[at + 1] as number),
      );
      expectFigures(
        cells,
        inBucket.filter((event) => (event.service ?? null) === service),
      );
      expectFigures(
        (frame.others?.[at] ?? []).slice(2),
        inBucket.filter((event) => !shown.includes(event.service ?? null)),
      );
    }
    expectFigures(frame.totals.slice(2), list);
  });

  it('begins days at midnight of the zone, also when a day has 23 hours', async () => {
    const frame = await ask({
      from: '2026-03-28T00:00:00+01:00',
      to: '2026-03-31T00:00:00+02:00',
      timezone: 'Europe/Amsterdam',
      granularity: 'day',
      measures: ['count'],
      compare: 'previous',
    });
    expect(frame.rows.map(([time]) => time)).toEqual([
      '2026-03-27T23:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(frame.previous?.meta).toMatchObject({
      from: '2026-03-24T23:00:00.000Z',
      to: '2026-03-27T23:00:00.000Z',
    });
    expect(frame.previous?.rows.length).toBe(3);
  });

  it('compares the same groups with the range before', async () => {
    const half = { from: (from + to) / 2000, to: to / 1000 };
    const middle = Math.round(half.from * 1000);
    const frame = await ask({
      ...half,
      measures,
      by: ['service'],
      compare: 'previous',
      limit: 2,
      others: true,
    });
    const before = kept('', middle - (to - middle), middle);
    expect(frame.previous?.rows.map(([service]) => service)).toEqual(frame.rows.map(([service]) => service));
    for (const [service, ...cells] of frame.previous?.rows ?? [])
      expectFigures(
        cells,
        before.filter((event) => (event.service ?? null) === service),
      );
  });

  it('narrows one measure by a filter of its own', async () => {
    const frame = await ask({
      ...range,
      measures: [
        'count',
        { name: 'slow', measure: 'count', filter: 'duration:>500ms' },
        { name: 'bad', measure: 'errorRate', filter: 'service:orders' },
      ],
    });
    const list = kept('', from, to);
    const orders = list.filter(({ service }) => service === 'orders');
    expect(frame.columns.map(({ name }) => name)).toEqual(['count', 'slow', 'bad']);
    expect(frame.rows[0]).toEqual([
      sum(list, weightOf),
      sum(
        list.filter(({ duration = 0 }) => duration > 500_000),
        weightOf,
      ),
      naive.errorRate?.(orders),
    ]);
  });

  it('has percentiles within one percent', async () => {
    const frame = await ask({ ...range, measures: ['duration.p50', 'duration.p95', 'duration.p99'] });
    const values = kept('', from, to)
      .flatMap(({ duration, weight }) => (duration === undefined || weight <= 0 ? [] : [duration]))
      .sort((a, b) => a - b);
    for (const [index, level] of [0.5, 0.95, 0.99].entries()) {
      const near = [-1, 0, 1].map((step) => values[Math.round(level * (values.length - 1)) + step] as number);
      const found = frame.rows[0]?.[index] as number;
      expect(found).toBeGreaterThanOrEqual(Math.min(...near) * 0.989);
      expect(found).toBeLessThanOrEqual(Math.max(...near) * 1.011);
    }
  });

  it('orders groups as it is told, nulls last', async () => {
    const frame = await ask({
      ...range,
      measures: ['count', 'errorRate'],
      by: ['route'],
      orderBy: 'errorRate asc',
    });
    const rates = frame.rows.map(([, , rate]) => rate as number | null);
    const known = rates.filter((rate) => rate !== null);
    expect(known).toEqual([...known].sort((a, b) => a - b));
    expect(rates.slice(known.length).every((rate) => rate === null)).toBe(true);
    const byName = await ask({
      ...range,
      measures: ['count'],
      by: ['route'],
      orderBy: 'route desc',
      limit: 3,
    });
    expect(byName.rows.map(([route]) => route)).toEqual(['r9', 'r8', 'r7']);
  });

  it('says zero for counts and null for the rest where there is nothing, and which buckets are not over', async () => {
    const frame = await ask({
      from: 'now',
      to: 'now+2h',
      granularity: 'hour',
      measures: ['count', 'rate', 'errorRate', 'duration.p95'],
    });
    expect(frame.rows).toEqual([
      ['2026-03-31T10:00:00.000Z', 0, null, null, null],
      ['2026-03-31T11:00:00.000Z', 0, null, null, null],
      ['2026-03-31T12:00:00.000Z', 0, null, null, null],
    ]);
    expect(frame.meta.incomplete.length).toBe(3);
  });

  it('has no groups where nothing matches, and totals all the same', async () => {
    for (const query of [{ filter: 'service:none' }, { from: '2020-01-01', to: '2020-01-02' }]) {
      const { rows, totals } = await ask({
        from: first / 1e3,
        to: now / 1e3,
        measures: ['count', 'duration.avg'],
        by: ['service', 'status'],
        others: true,
        ...query,
      });
      expect({ rows, totals }).toEqual({ rows: [], totals: [null, null, 0, null] });
    }
  });

  it('gives the rate per second of the part of the range that is past', async () => {
    const frame = await ask({ from: 'now-1h', to: 'now+1h', measures: ['rate', 'requests'] });
    const [rate, count] = frame.rows[0] as [number, number];
    expect(rate).toBeCloseTo(count / 3600, 9);
  });

  it('shows one tenant nothing of another', async () => {
    const frame = await ask({ ...range, measures: ['count'] }, 'other');
    const own = events.filter(({ tenant, time }) => tenant === 'other' && time >= from && time < to);
    expect(frame.rows).toEqual([[sum(own, weightOf)]]);
    expect((await ask({ ...range, measures: ['count'] }, 'nobody')).rows).toEqual([[0]]);
  });

  const figuresOfRollups = ['count', 'errorRate', 'bytesOut', 'duration.avg', 'duration.max'];
  it.each([
    { measures: [...figuresOfRollups, 'duration.p50', 'duration.p99', 'uniqueConsumers'] },
    { measures: figuresOfRollups, by: ['service', 'status'], limit: 4, others: true },
    { measures: ['count', 'duration.p95'], by: ['service'], granularity: 'hour', limit: 2, others: true },
    {
      measures: ['requests', 'bytesOut'],
      by: ['consumer'],
      granularity: 'day',
      timezone: 'Asia/Kathmandu',
      compare: 'previous',
    },
    {
      measures: [{ name: 'x', measure: 'count', filter: 'status:>=500' }],
      filter: '-service:orders',
      granularity: '5 minutes',
    },
  ] as Omit<Query, 'from' | 'to'>[])('is the same from a rollup and from rows: %j', async (query) => {
    for (const bounds of [range, { from: '2026-03-28T00:00:00Z', to: '2026-03-29T00:00:00Z' }]) {
      const { meta, previous, ...rolledUp } = await ask({ ...bounds, ...query });
      // Every row has a weight, and no rollup knows it.
      const filter = `weight:* ${query.filter ?? ''}`;
      const { meta: rowsMeta, previous: rowsPrevious, ...rows } = await ask({ ...bounds, ...query, filter });
      expect(meta.source).toBe(bounds === range ? 'mixed' : 'rollup');
      expect(rowsMeta.source).toBe('raw');
      expect(rolledUp).toEqual(rows);
      expect(previous?.rows).toEqual(rowsPrevious?.rows);
    }
  });
});
