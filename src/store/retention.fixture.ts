/** Retention over a real store and real control data, for tests. */
import { randomUUID } from 'node:crypto';
import { type Access, openAccess } from '../access/access.ts';
import type { Log } from '../core/ports.ts';
import type { StoreClient } from './engine/client.ts';
import type { RetentionParts } from './retention.ts';
import { eventsTable } from './schema.ts';
import { createTurns } from './turns.ts';

const day = 86_400e6;
/** Noon of 2026-11-20. */
export const now = Date.UTC(2026, 10, 20, 12) * 1000;
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The control data in `folder`. */
export async function openTestAccess(folder: string): Promise<Access> {
  const opened = await openAccess({ data: folder, clock: () => now, log: silent, newId: randomUUID });
  if (!opened.ok) throw new Error(opened.error.reason);
  return opened.value;
}

export function testParts(
  client: StoreClient,
  access: Access,
  rules: Partial<RetentionParts['rules']>,
  others: Partial<RetentionParts> = {},
): RetentionParts {
  return {
    client,
    rules: { age: 7 * day, ages: {}, share: 1, spared: () => 0, ...rules },
    disk: { measure: async () => ({ total: 1e12, room: 1e12 }) },
    drops: access.drops,
    exclusive: createTurns(),
    clock: () => now,
    log: silent,
    ...others,
  };
}

/** Stores `rows` events of one day, `age` days before now, with consecutive positions from `position` on. */
export async function store(
  client: StoreClient,
  event: {
    readonly tenant?: string;
    readonly retention?: string;
    readonly age: number;
    readonly rows?: number;
    readonly position?: number;
    /** Microseconds; long ago when absent. */
    readonly received?: number;
  },
): Promise<void> {
  const { tenant = 't', retention = 'default', age, rows = 10, position = 0, received = 0 } = event;
  await client.command({
    query: `INSERT INTO ${eventsTable} (position, tenant, time, received, retention)
      SELECT ${position} + number, '${tenant}', fromUnixTimestamp64Micro(${now - age * day}, 'UTC'),
        fromUnixTimestamp64Micro(${received}, 'UTC'), '${retention}' FROM numbers(${rows})`,
  });
}

/** What is stored, as [class, age in days, rows]. */
export async function stored(client: StoreClient): Promise<unknown[]> {
  const answer = await client.query({
    query: `SELECT retention, dateDiff('day', toDate(time), toDate('2026-11-20')) AS age, count()
      FROM ${eventsTable} GROUP BY 1, 2 ORDER BY 1, 2`,
    format: 'JSONCompactEachRow',
  });
  return answer.json();
}

/** The audit records that wait for the journal, by tenant. */
export async function audited(access: Access): Promise<[string, Record<string, unknown>][]> {
  const records: [string, Record<string, unknown>][] = [];
  await access.drainOutbox(async (entries) => {
    for (const { tenant, record } of entries)
      records.push([tenant, JSON.parse(record) as Record<string, unknown>]);
  });
  return records;
}
