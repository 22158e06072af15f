import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Log } from '../core/ports.ts';
import { openStoreClient, type StoreClient } from './engine/client.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { chooseRollup, merged, type RollupNeeds, rolledUp, rollupLevels, rollups } from './rollup.ts';
import { eventsTable, prepareSchema } from './schema.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const day = Date.UTC(2026, 10, 20) * 1000;
const hour = 3600e6;
const nothing: RollupNeeds = {
  edges: [day, day + hour],
  dimensions: [],
  sums: [],
  sketches: [],
  uniques: [],
};

describe('choosing', () => {
  test('takes the first rollup that has all that is needed', () => {
    expect(chooseRollup(nothing)?.name).toBe('overview');
    expect(chooseRollup({ ...nothing, dimensions: ['outcome', 'status'] })?.name).toBe('breakdown');
    expect(chooseRollup({ ...nothing, dimensions: ['route'], sketches: ['duration'] })?.name).toBe('routes');
    expect(chooseRollup({ ...nothing, dimensions: ['consumer'], sums: ['bytesIn'] })?.name).toBe('consumers');
  });

  test('leaves to the rows what no rollup has', () => {
    expect(chooseRollup({ ...nothing, dimensions: ['path'] })).toBeUndefined();
    expect(chooseRollup({ ...nothing, dimensions: ['consumer', 'route'] })).toBeUndefined();
    expect(chooseRollup({ ...nothing, sketches: ['bytesIn'] })).toBeUndefined();
  });

  test('needs a whole unit in the range, and buckets of whole units', () => {
    expect(chooseRollup({ ...nothing, edges: [day + 1, day + 60e6] })).toBeUndefined();
    expect(chooseRollup({ ...nothing, edges: [day, day + 60e6, day + hour] })).toBeUndefined();
    expect(chooseRollup({ ...nothing, edges: [day + 1, day + 600e6, day + hour - 1] })?.name).toBe(
      'overview',
    );
  });
});

describe('a rollup and its rows', () => {
  let folder: string;
  let engine: Engine;
  let client: StoreClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollup-'));
    engine = await startEngine({ folder, log: silent, clock: () => Date.now() * 1000 });
    expect(await prepareSchema(engine)).toMatchObject({ ok: true });
    client = openStoreClient(engine);
    for (const part of [0, 1, 2]) {
      await client.command({
        query: `INSERT INTO ${eventsTable} (position, tenant, weight, time, family, outcome, env, gateway, service, route,
            status, denialReason, consumer, duration, upstreamDuration, overhead, bytesIn, bytesOut, retention)
          SELECT ${part} * 20000 + number, if(r % 10 = 0, 'other', 'default'), [1, 1, 1, 1, 0, -1, 5][r % 7 + 1],
            fromUnixTimestamp64Micro(${day} + toInt64(r % ${6 * hour}), 'UTC'),
            ['traffic', 'traffic', 'audit'][r % 3 + 1], ['success', 'failure', 'denied', 'clientError'][r % 4 + 1],
            'env' || toString(r % 2), 'gateway' || toString(r % 3), 'service' || toString(r % 5),
            'route' || toString(r % 15), if(r % 11 = 0, NULL, 200 + r % 4 * 100), if(r % 4 = 2, 'other', ''),
            if(r % 13 = 0, '', 'consumer' || toString(r % 40)), if(r % 17 = 0, NULL, intDiv(r, 7) % 100000),
            if(r % 5 = 0, NULL, intDiv(r, 11) % 90000), intDiv(r, 13) % 1000, r % 500, intDiv(r, 3) % 50000, 'default'
          FROM (SELECT number, cityHash64(number, ${part}) AS r FROM numbers(20000))`,
      });
    }
  });
  afterAll(async () => {
    await client?.close();
    await engine?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (query: string): Promise<unknown[]> =>
    (await client.query({ query, format: 'JSONCompactEachRow' })).json();

  // Whole units only, whole units with both edges, and edges that are most of the range.
  const ranges = [
    [day, day + 6 * hour],
    [day + 17 * 60e6 + 1, day + 5 * hour + 59 * 60e6 + 123_457],
    [day + 1, day + 3 * hour - 1],
  ] as const;

  test.each(rollups.flatMap((rollup) => ranges.map((range) => [rollup.name, range, rollup] as const)))(
    '%s gives the same answer as its rows over %j',
    async (_, [from, to], rollup) => {
      const needs: RollupNeeds = { ...rollup, edges: [from, to] };
      const key = rollup.dimensions.at(-1) as string;
      const condition = "outcome != 'denied' AND family = 'traffic'";
      const levels = rollupLevels.join(', ');
      const ofRows = [
        'sum(weight)',
        `sumIf(weight, ${condition})`,
        ...rollup.sums.flatMap((field) => [
          `sumIf(${field} * weight, ${condition})`,
          `sumIf(weight, isNotNull(${field}) AND ${condition})`,
          `minIf(${field}, weight > 0 AND ${condition})`,
          `maxIf(${field}, weight > 0 AND ${condition})`,
        ]),
        ...rollup.sketches.map(
          (field) => `quantilesDDIf(0.01, ${levels})(${field}, weight > 0 AND ${condition})`,
        ),
        ...rollup.uniques.map(
          (field) => `uniqCombined64If(${field}, notEmpty(${field}) AND weight > 0 AND ${condition})`,
        ),
      ];
      const ofRollup = [
        'sum(weight)',
        `sumIf(weight, ${condition})`,
        ...rollup.sums.flatMap((field) => [
          merged.sum(field, condition),
          merged.known(field, condition),
          merged.min(field, condition),
          merged.max(field, condition),
        ]),
        ...rollup.sketches.map((field) => merged.quantiles(field, condition)),
        ...rollup.uniques.map((field) => merged.unique(field, condition)),
      ];
      const group = `GROUP BY GROUPING SETS ((k), ()) ORDER BY grouping(k), k`;
      const raw = await ask(
        `SELECT ${key} AS k, ${ofRows.join(', ')} FROM ${eventsTable} WHERE tenant = 'default'
          AND time >= fromUnixTimestamp64Micro(${from}, 'UTC') AND time < fromUnixTimestamp64Micro(${to}, 'UTC') ${group}`,
      );
      const rolled = await ask(
        `SELECT ${key} AS k, ${ofRollup.join(', ')} FROM ${rolledUp(rollup, needs, "'default'", eventsTable)} ${group}`,
      );
      expect(raw.length).toBeGreaterThan(1);
      expect(rolled).toEqual(raw);
    },
  );

  test.each(rollups.map((rollup) => [rollup.name, rollup] as const))(
    '%s is read from its projection, not from the rows',
    async (name, rollup) => {
      const needs: RollupNeeds = { ...rollup, edges: [day, day + 6 * hour] };
      const plan = await client.query({
        query: `EXPLAIN projections = 1 SELECT sum(weight) FROM ${rolledUp(rollup, needs, "'default'", eventsTable)}`,
        format: 'TabSeparatedRaw',
      });
      expect(await plan.text()).toContain(`ReadFromMergeTree (${name})`);
    },
  );
});
