/**
 * Which days of events are to go, by the rules alone: pure. A partition is one day (UTC) of one retention class and goes
 * as a whole; those of today and later are written to and always stay.
 */
import type { DropReason, Horizon } from '../core/retention.ts';

export interface RetentionRules {
  /** How long events are kept, in microseconds. */
  readonly age: number;
  /** The same for classes with a rule of their own. */
  readonly ages: Readonly<Record<string, number>>;
  /** Share (0…1) of the disk of the store, bytes and rows that all events together may take; the least one holds. */
  readonly share: number;
  readonly bytes?: number;
  readonly rows?: number;
  /** Bytes of a disk of `total` bytes that events must leave free. */
  readonly spared: (total: number) => number;
}

export interface Partition {
  readonly id: string;
  readonly retention: string;
  /** As `2026-11-20`. */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
  /** When the newest of its events was received, in microseconds; known for partitions past their age. */
  readonly arrived?: number;
}

export interface Budget {
  /** Infinity: there is no such limit. */
  readonly bytes: number;
  readonly rows: number;
  /** What determines the bytes; `spared`: the share would not leave the journal its room. */
  readonly by: 'share' | 'spared' | 'bytes' | 'none';
}

export interface Plan {
  readonly drops: readonly { readonly partition: Partition; readonly because: DropReason }[];
  /** Past their age, and kept for now since events of them have just arrived. */
  readonly held: readonly Partition[];
  /** What lies above the budget although only partitions that always stay are left. */
  readonly excess: { readonly bytes: number; readonly rows: number };
  /** The oldest partitions that stay and would go if the store grew by a tenth of its budget. */
  readonly nearing: readonly Partition[];
}

const day = 86_400e6;
/** Events that arrive past their age are kept this long after the last of them, so that the rule can still be changed. */
export const grace = day;
/** From this share of the budget on, the oldest days are said to be the next to go. */
const near = 0.9;
/** However much a journal or an alert is given, events may take this share of the disk. */
const leastShare = 0.1;

export const ageOf = ({ age, ages }: RetentionRules, retention: string): number => ages[retention] ?? age;

/** Microseconds at which a day is over. */
export const endOf = (date: string): number => Date.parse(date) * 1_000 + day;

/** `total`: bytes of the disk of the store; undefined when it has no size, such as object storage. */
export function budgetOf(rules: RetentionRules, total: number | undefined): Budget {
  const rows = rules.rows ?? Number.POSITIVE_INFINITY;
  const limits: { by: Budget['by']; bytes: number }[] = [{ by: 'none', bytes: Number.POSITIVE_INFINITY }];
  if (total !== undefined) {
    limits.push({ by: 'share', bytes: total * rules.share });
    limits.push({ by: 'spared', bytes: Math.max(total - rules.spared(total), total * leastShare) });
  }
  if (rules.bytes !== undefined) limits.push({ by: 'bytes', bytes: rules.bytes });
  // The first of equals: the share is named where it says the same as what is spared.
  const { bytes, by } = limits.reduce((least, limit) => (limit.bytes < least.bytes ? limit : least));
  return { bytes: Math.floor(bytes), rows, by };
}

/** Whether all of the partition is older than its class is kept. */
export const isPastAge = (partition: Partition, rules: RetentionRules, now: number): boolean =>
  endOf(partition.day) <= now - ageOf(rules, partition.retention);

/** By age each class for itself; for the budget the oldest days first, of whatever class. */
export function planDrops(
  partitions: readonly Partition[],
  rules: RetentionRules,
  budget: Budget,
  now: number,
): Plan {
  const today = new Date(now / 1_000).toISOString().slice(0, 10);
  const oldestFirst = [...partitions].sort(
    (a, b) => compare(a.day, b.day) || compare(a.retention, b.retention),
  );
  const drops: { partition: Partition; because: DropReason }[] = [];
  const held: Partition[] = [];
  let left: Partition[] = [];
  for (const partition of oldestFirst) {
    const old = isPastAge(partition, rules, now);
    if (old && (partition.arrived ?? 0) <= now - grace) {
      drops.push({ partition, because: 'age' });
      continue;
    }
    if (old) held.push(partition);
    left.push(partition);
  }
  const over = excessOf(left, today, budget.bytes, budget.rows);
  drops.push(...left.slice(0, over.count).map((partition) => ({ partition, because: 'budget' as const })));
  left = left.slice(over.count);
  const next = excessOf(left, today, budget.bytes * near, budget.rows * near);
  return {
    drops: drops.sort((a, b) => compare(a.partition.day, b.partition.day)),
    held: held.filter((partition) => left.includes(partition)),
    excess: { bytes: over.bytes, rows: over.rows },
    nearing: left.slice(0, next.count),
  };
}

/** How many of the oldest must go to come within both limits, and what is too much even then. */
function excessOf(oldestFirst: readonly Partition[], today: string, bytes: number, rows: number) {
  let tooManyBytes = oldestFirst.reduce((sum, partition) => sum + partition.bytes, 0) - bytes;
  let tooManyRows = oldestFirst.reduce((sum, partition) => sum + partition.rows, 0) - rows;
  let count = 0;
  for (const partition of oldestFirst) {
    if ((tooManyBytes <= 0 && tooManyRows <= 0) || partition.day >= today) break;
    tooManyBytes -= partition.bytes;
    tooManyRows -= partition.rows;
    count += 1;
  }
  return { count, bytes: Math.max(0, tooManyBytes), rows: Math.max(0, tooManyRows) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** 400 days, or 36 hours. */
export const ageText = (age: number): string => {
  const [amount, unit] = age % day === 0 ? [age / day, 'day'] : [Math.round(age / 3_600e6), 'hour'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
};

/** What the rules say of events of a class that arrive now; `nearing` as the last plan found it. */
export function horizonsOf(
  retention: string,
  rules: RetentionRules,
  nearing: readonly Partition[],
  now: number,
): Horizon[] {
  const age = ageOf(rules, retention);
  const setting = rules.ages[retention] === undefined ? 'retention.age' : 'retention.classes';
  const horizons: Horizon[] = [
    {
      before: now - age,
      because: 'age',
      reason: `older than the ${ageText(age)} that events of the class ${retention} are kept: they are removed a day after the last of them has arrived, or sooner if the store needs the room, unless ${setting} is raised`,
    },
  ];
  const last = nearing.at(-1);
  if (last !== undefined)
    horizons.push({
      before: endOf(last.day),
      because: 'budget',
      reason:
        'of the days that are removed next: the store is close to its budget, and the oldest days go first',
    });
  return horizons;
}
