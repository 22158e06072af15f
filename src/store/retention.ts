/**
 * Drops what is too old or too much, in whole partitions (one day of one retention class), and says what it dropped.
 * There is no TTL: rows go when this says so and is counted, never silently.
 */
import type { Clock, Log } from '../core/ports.ts';
import type { StoreClient } from './engine/client.ts';
import { database, eventsTable } from './schema.ts';

export interface RetentionRules {
  /** Days that a class is kept; a class without a rule is kept for ever. */
  readonly days: Readonly<Record<string, number>>;
  /** Bytes on disk above which the oldest partitions go, of any class; undefined: no such bound. */
  readonly bytes?: number;
}

export interface Dropped {
  readonly retention: string;
  /** As `2026-11-20`. */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
  readonly because: 'age' | 'budget';
}

interface Partition {
  readonly id: string;
  readonly retention: string;
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Applies the rules once. Rejects when the store cannot be asked. */
export async function dropOld(
  client: StoreClient,
  rules: RetentionRules,
  clock: Clock,
  log: Log,
): Promise<readonly Dropped[]> {
  const partitions = await listPartitions(client);
  const dropped: Dropped[] = [];
  for (const { partition, because } of partitionsToDrop(partitions, rules, clock())) {
    await client.command({
      query: `ALTER TABLE ${eventsTable} DROP PARTITION ID {id:String}`,
      query_params: { id: partition.id },
    });
    const { retention, day, rows, bytes } = partition;
    log.info('A day of events was dropped.', { retention, day, rows, bytes, because });
    dropped.push({ retention, day, rows, bytes, because });
  }
  return dropped;
}

/** The oldest first. A day is too old when all of it is older than the rule says. */
function* partitionsToDrop(
  partitions: readonly Partition[],
  rules: RetentionRules,
  now: number,
): Generator<{ partition: Partition; because: Dropped['because'] }> {
  let bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  // Today's partition is written to; a budget too small for it cannot be kept.
  const today = new Date(now / 1_000).toISOString().slice(0, 10);
  for (const partition of [...partitions].sort((a, b) => (a.day < b.day ? -1 : 1))) {
    const days = rules.days[partition.retention];
    const end = Date.parse(partition.day) * 1_000 + 86_400e6;
    const old = days !== undefined && end <= now - days * 86_400e6;
    const much = rules.bytes !== undefined && bytes > rules.bytes && partition.day < today;
    if (!old && !much) continue;
    bytes -= partition.bytes;
    yield { partition, because: old ? 'age' : 'budget' };
  }
}

async function listPartitions(client: StoreClient): Promise<Partition[]> {
  const answer = await client.query({
    query: `SELECT partition_id AS id, any(partition) AS name, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
      FROM system.parts WHERE database = '${database}' AND table = 'events' AND active GROUP BY partition_id`,
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ id: string; name: string; rows: number; bytes: number }>();
  return rows.flatMap(({ id, name, rows, bytes }) => {
    // As the engine writes the key (retention class, day): ('default','2026-11-20').
    const key = /^\('(.*)','(\d{4}-\d\d-\d\d)'\)$/.exec(name);
    return key === null ? [] : [{ id, retention: key[1] as string, day: key[2] as string, rows, bytes }];
  });
}
