/** What the engine says of the partitions of the events (one day of one retention class), and of the disk they lie on. */
import { ClickHouseError } from '@clickhouse/client';
import type { StoreClient } from './engine/client.ts';
import type { Partition } from './retention-plan.ts';
import { database, eventsTable } from './schema.ts';

async function ask<T>(client: StoreClient, query: string, query_params: Record<string, unknown> = {}) {
  return (await client.query({ query, query_params, format: 'JSONEachRow' })).json<T>();
}

/** In any order. Rejects when the store cannot be asked, as do all here. */
export async function listPartitions(client: StoreClient): Promise<Partition[]> {
  const rows = await ask<{ id: string; name: string; rows: number; bytes: number }>(
    client,
    `SELECT partition_id AS id, any(partition) AS name, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
      FROM system.parts WHERE database = '${database}' AND table = 'events' AND active GROUP BY partition_id`,
  );
  return rows.flatMap(({ id, name, rows, bytes }) => {
    // As the engine writes the key (retention class, day): ('default','2026-11-20').
    const key = /^\('(.*)','(\d{4}-\d\d-\d\d)'\)$/.exec(name);
    return key === null ? [] : [{ id, retention: key[1] as string, day: key[2] as string, rows, bytes }];
  });
}

/** When the newest event of each of these partitions was received, in microseconds. */
export async function arrivals(
  client: StoreClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await ask<{ id: string; arrived: number }>(
    client,
    `SELECT _partition_id AS id, toUnixTimestamp64Micro(max(received)) AS arrived FROM ${eventsTable}
      WHERE _partition_id IN {ids:Array(String)} GROUP BY id`,
    { ids },
  );
  return new Map(rows.map(({ id, arrived }) => [id, arrived]));
}

export interface PartitionRows {
  readonly tenants: Readonly<Record<string, number>>;
  /** Position after the last row. */
  readonly end: number;
}

/** The rows of a partition by tenant; with `before` only those with a smaller position. */
export async function countRows(client: StoreClient, id: string, before?: number): Promise<PartitionRows> {
  const rows = await ask<{ tenant: string; rows: number; end: number }>(
    client,
    `SELECT tenant, count() AS rows, max(position) + 1 AS end FROM ${eventsTable}
      WHERE _partition_id = {id:String}${before === undefined ? '' : ' AND position < {before:UInt64}'} GROUP BY tenant`,
    before === undefined ? { id } : { id, before },
  );
  return {
    tenants: Object.fromEntries(rows.map(({ tenant, rows }) => [tenant, rows])),
    end: Math.max(0, ...rows.map(({ end }) => end)),
  };
}

/** The number of rows of a partition, without reading them. */
export async function storedRows(client: StoreClient, id: string): Promise<number> {
  const [row] = await ask<{ rows: number }>(
    client,
    `SELECT sum(rows) AS rows FROM system.parts
      WHERE database = '${database}' AND table = 'events' AND active AND partition_id = {id:String}`,
    { id },
  );
  return row?.rows ?? 0;
}

export async function dropPartition(client: StoreClient, id: string): Promise<void> {
  await client.command({
    query: `ALTER TABLE ${eventsTable} DROP PARTITION ID {id:String}`,
    query_params: { id },
  });
}

/** What a disk without a size of its own says, such as object storage. */
const sizeless = 2 ** 62;

/** Code of the engine for a user who may not read a table. */
const accessDenied = '497';

/** The disks that a ClickHouse server has for the events, in bytes; undefined when they have no size that we may see. */
export async function serverDisk(
  client: StoreClient,
): Promise<{ readonly total: number; readonly room: number } | undefined> {
  const [row] = await ask<{ total: number; room: number }>(
    client,
    `SELECT sum(total_space) AS total, sum(free_space) AS room FROM system.disks WHERE name IN (
      SELECT arrayJoin(disks) FROM system.storage_policies WHERE policy_name IN (
        SELECT storage_policy FROM system.tables WHERE database = '${database}' AND name = 'events'))`,
  ).catch((error: unknown) => {
    if (error instanceof ClickHouseError && error.code === accessDenied) return [];
    throw error;
  });
  return row === undefined || row.total === 0 || row.total >= sizeless ? undefined : row;
}
