/**
 * Numbers of rows by tenant, retention class and day. The journal counts what it gave a position to, the store what it
 * holds; the two are compared group by group.
 */
import { usualRetention } from './journal.ts';

const dayLength = 86_400e6;

export interface RowGroup {
  readonly tenant: string;
  /** Retention class. */
  readonly retention: string;
  /** Day of the event's time: days since 1970-01-01 UTC. */
  readonly day: number;
}

export interface GroupCount extends RowGroup {
  readonly rows: number;
}

/** Tenant, retention class, day, rows. */
export type RowCountsJson = readonly (readonly [string, string, number, number])[];

/** Rows of a batch, as far as they are counted. */
export interface CountedRows {
  readonly tenant: string;
  readonly count: number;
  /** Of each row, microseconds. */
  readonly times: ArrayLike<number>;
  /** Of each row; absent where all are of the usual class. */
  readonly retention?: readonly string[] | undefined;
}

const keyOf = ({ tenant, retention, day }: RowGroup): string => `${tenant}\0${retention}\0${day}`;

/** A group that counts 0 is not held. */
export class RowCounts {
  readonly #groups = new Map<string, GroupCount>();
  readonly #tenants = new Map<string, number>();
  #total = 0;

  static of(groups: Iterable<GroupCount>): RowCounts {
    const counts = new RowCounts();
    for (const group of groups) counts.add(group, group.rows);
    return counts;
  }

  static parse(json: RowCountsJson): RowCounts {
    const counts = new RowCounts();
    for (const [tenant, retention, day, rows] of json) counts.add({ tenant, retention, day }, rows);
    return counts;
  }

  get total(): number {
    return this.#total;
  }

  get(group: RowGroup): number {
    return this.#groups.get(keyOf(group))?.rows ?? 0;
  }

  ofTenant(tenant: string): number {
    return this.#tenants.get(tenant) ?? 0;
  }

  tenants(): Iterable<string> {
    return this.#tenants.keys();
  }

  /** In the order in which the groups came. */
  [Symbol.iterator](): IterableIterator<GroupCount> {
    return this.#groups.values();
  }

  /** `rows` may be negative. */
  add({ tenant, retention, day }: RowGroup, rows: number): void {
    if (rows === 0) return;
    const key = keyOf({ tenant, retention, day });
    const sum = (this.#groups.get(key)?.rows ?? 0) + rows;
    if (sum === 0) this.#groups.delete(key);
    else this.#groups.set(key, { tenant, retention, day, rows: sum });
    const ofTenant = this.ofTenant(tenant) + rows;
    if (ofTenant === 0) this.#tenants.delete(tenant);
    else this.#tenants.set(tenant, ofTenant);
    this.#total += rows;
  }

  /** Costs a comparison for each row of a run of one day and class. */
  addBatch({ tenant, count, times, retention }: CountedRows): void {
    for (let from = 0; from < count; ) {
      const day = Math.floor((times[from] as number) / dayLength);
      const classOfRow = retention?.[from] ?? usualRetention;
      const [start, end] = [day * dayLength, (day + 1) * dayLength];
      let to = from + 1;
      while (
        to < count &&
        (times[to] as number) >= start &&
        (times[to] as number) < end &&
        (retention?.[to] ?? usualRetention) === classOfRow
      )
        to++;
      this.add({ tenant, retention: classOfRow, day }, to - from);
      from = to;
    }
  }

  addAll(more: Iterable<GroupCount>): void {
    for (const group of more) this.add(group, group.rows);
  }

  subtractAll(less: Iterable<GroupCount>): void {
    for (const group of less) this.add(group, -group.rows);
  }

  /** Of each group what this has and `other` has not, at least 0. */
  exceeding(other: RowCounts): RowCounts {
    const counts = new RowCounts();
    for (const group of this) counts.add(group, Math.max(0, group.rows - other.get(group)));
    return counts;
  }

  toJSON(): RowCountsJson {
    return Array.from(this, ({ tenant, retention, day, rows }) => [tenant, retention, day, rows] as const);
  }
}
