/**
 * Removes what is too old or too much, in whole partitions (one day of one retention class). There is no TTL: events go
 * when this says so, and every drop is counted by tenant, logged, and reported to the audit trail.
 *
 *     plan ─▶ for each: count by tenant ─▶ note ─▶ drop ─▶ count as dropped ─▶ report
 */
import type { Drops, OpenDrop } from '../access/drops.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { DropReason, Horizons } from '../core/retention.ts';
import type { StoreClient } from './engine/client.ts';
import {
  arrivals,
  countRows,
  dropPartition,
  listPartitions,
  type PartitionRows,
  storedRows,
} from './partitions.ts';
import {
  type Budget,
  budgetOf,
  horizonsOf,
  isPastAge,
  type Partition,
  type Plan,
  planDrops,
  type RetentionRules,
} from './retention-plan.ts';
import type { DiskSpace, StoreDisk } from './store-disk.ts';
import type { Exclusive } from './turns.ts';

export interface Dropped {
  readonly retention: string;
  /** As `2026-11-20`. */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
  readonly because: DropReason;
  /** Rows by tenant. */
  readonly tenants: Readonly<Record<string, number>>;
}

export interface RetentionParts {
  readonly client: StoreClient;
  readonly rules: RetentionRules;
  readonly disk: Pick<StoreDisk, 'measure'>;
  readonly drops: Pick<Drops, 'begin' | 'open' | 'end' | 'report'>;
  /** Runs `work` while nothing is written into the store, so that what is counted is what is dropped. */
  readonly exclusive: Exclusive;
  /** Awaited before each drop, and what it resolves with after it; when it rejects, nothing is dropped. */
  readonly beforeDrop?: (partition: {
    readonly retention: string;
    readonly day: string;
  }) => Promise<() => Promise<void>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is stored, and what the rules say of it. */
export interface Outlook {
  /** Microseconds. */
  readonly time: number;
  readonly partitions: readonly Partition[];
  /** Undefined when it has no size. */
  readonly disk: DiskSpace | undefined;
  readonly budget: Budget;
  readonly plan: Plan;
}

/** Looks and drops nothing. Rejects when the store cannot be asked. */
export async function foresee({ client, rules, disk, clock }: RetentionParts): Promise<Outlook> {
  const time = clock();
  const listed = await listPartitions(client);
  const old = listed.filter((partition) => isPastAge(partition, rules, time));
  const arrived = await arrivals(
    client,
    old.map(({ id }) => id),
  );
  const partitions = listed.map((partition) => {
    const last = arrived.get(partition.id);
    return last === undefined ? partition : { ...partition, arrived: last };
  });
  const space = await disk.measure();
  const budget = budgetOf(rules, space?.total);
  return { time, partitions, disk: space, budget, plan: planDrops(partitions, rules, budget, time) };
}

/** Applies the rules once. Rejects when the store cannot be asked; what was dropped until then is counted. */
export async function dropOld(parts: RetentionParts): Promise<readonly Dropped[]> {
  await settle(parts);
  const dropped: Dropped[] = [];
  try {
    for (const { partition, because } of (await foresee(parts)).plan.drops) {
      const gone = await dropOne(parts, partition, because);
      if (gone !== undefined) dropped.push(gone);
    }
  } finally {
    await parts.drops.report();
  }
  return dropped;
}

const sum = (tenants: PartitionRows['tenants']): number =>
  Object.values(tenants).reduce((total, rows) => total + rows, 0);

async function dropOne(
  parts: RetentionParts,
  partition: Partition,
  because: DropReason,
): Promise<Dropped | undefined> {
  // Counting a large day takes seconds; writing goes on meanwhile, and seldom is of that day.
  const before = await countRows(parts.client, partition.id);
  return parts.exclusive(async () => {
    const now = await storedRows(parts.client, partition.id);
    const counted = now === sum(before.tenants) ? before : await countRows(parts.client, partition.id);
    return dropCounted(parts, partition, because, counted);
  });
}

async function dropCounted(
  { client, drops, beforeDrop, log }: RetentionParts,
  { id, retention, day, bytes }: Partition,
  because: DropReason,
  { tenants, end }: PartitionRows,
): Promise<Dropped | undefined> {
  const rows = sum(tenants);
  if (rows === 0) return undefined;
  const drop = await drops.begin({ partition: id, retention, day, because, bytes, tenants, end });
  const afterDrop = await beforeDrop?.({ retention, day });
  await dropPartition(client, id);
  await afterDrop?.();
  await drops.end(drop);
  log.info('A day of events was dropped.', { retention, day, rows, bytes, because });
  return { retention, day, rows, bytes, because, tenants };
}

/** What a crash left open: whatever of the counted rows is no longer there was dropped. */
async function settle({ client, drops, exclusive, log }: RetentionParts): Promise<void> {
  const settleOne = async (drop: OpenDrop): Promise<void> => {
    const { tenants: remaining } = await countRows(client, drop.partition, drop.end);
    await drops.end(drop, remaining);
    const { retention, day } = drop;
    log.info('The count of an interrupted drop was completed.', {
      retention,
      day,
      rows: sum(drop.tenants) - sum(remaining),
      remaining: sum(remaining),
    });
  };
  for (const drop of await drops.open()) await exclusive(() => settleOne(drop));
}

/** Retention as the server runs it. */
export interface Retention {
  /** Looks and drops nothing, so that the outlook is there before the first run. */
  look(): Promise<void>;
  run(): Promise<readonly Dropped[]>;
  /** Of the last look; undefined before the first. */
  readonly outlook: Outlook | undefined;
  readonly rules: RetentionRules;
  readonly horizons: Horizons;
  /** Bytes: those stored, the budget, and by how much it cannot be kept. */
  readonly store: { readonly bytes: number; readonly budget: number; readonly over: number } | undefined;
}

export function createRetention(parts: RetentionParts): Retention {
  const { rules, clock, log } = parts;
  let outlook: Outlook | undefined;
  let over = false;

  async function look(): Promise<void> {
    const isFirst = outlook === undefined;
    outlook = await foresee(parts);
    const { excess, drops } = outlook.plan;
    if (isFirst && drops.length > 0)
      log.info('Days of events are removed by the next run of retention.', {
        days: drops.length,
        rows: drops.reduce((total, { partition }) => total + partition.rows, 0),
        from: drops[0]?.partition.day,
        to: drops.at(-1)?.partition.day,
      });
    const isOver = drops.length === 0 && (excess.bytes > 0 || excess.rows > 0);
    if (isOver && !over)
      log.warn('The store is over its budget with the events of today alone, which are never dropped.', {
        overBytes: excess.bytes,
        overRows: excess.rows,
      });
    over = isOver;
  }

  return {
    look,
    async run() {
      const dropped = await dropOld(parts);
      await look();
      return dropped;
    },
    get outlook() {
      return outlook;
    },
    rules,
    get store() {
      if (outlook === undefined) return undefined;
      const { partitions, budget, plan } = outlook;
      const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
      return { bytes, budget: budget.bytes, over: plan.excess.bytes };
    },
    horizons: (retention) => horizonsOf(retention, rules, outlook?.plan.nearing ?? [], clock()),
  };
}
