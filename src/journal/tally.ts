/**
 * What the batches of a journal add up to: the equation of each tenant, the rows by tenant, class and day, and how far
 * each receiver has read. Kept for a segment in its sidecar, for what was deleted in the checkpoint, for all in memory.
 */
import type { ReceptionCounts } from '../core/journal.ts';
import { type CountedRows, RowCounts, type RowCountsJson } from '../core/row-counts.ts';

/** received = journalled + quarantined + duplicates, of first receptions; replays are beside it. */
export interface TenantTotals {
  readonly received: number;
  readonly journalled: number;
  readonly quarantined: number;
  readonly duplicates: number;
  /** Records sent again from quarantine. */
  readonly replayed: number;
}

/** Rows of which it is not known whose they were. No tenant can have this name. */
export const unknownTenant = '?';

export interface TallyJson {
  readonly tenants: Readonly<Record<string, TenantTotals>>;
  readonly sources: Readonly<Record<string, string>>;
  /** Every row that was given a position. Absent in what older programs wrote. */
  readonly rows?: RowCountsJson;
}

/** A batch, as far as it is counted. */
export interface TalliedBatch extends CountedRows {
  readonly counts: ReceptionCounts;
  readonly source?: { readonly key: string; readonly position: string };
}

const none: TenantTotals = { received: 0, journalled: 0, quarantined: 0, duplicates: 0, replayed: 0 };
const names = ['received', 'journalled', 'quarantined', 'duplicates', 'replayed'] as const;

export class Tally {
  readonly tenants = new Map<string, TenantTotals>();
  /** Position to resume from, by the key of the source. */
  readonly sources = new Map<string, string>();
  readonly rows = new RowCounts();

  /** A batch of replayed records counts beside the equation. */
  add(batch: TalliedBatch): void {
    const { tenant, count, counts, source } = batch;
    const journalled = counts.replayed > 0 ? 0 : count;
    this.#add(tenant, { ...counts, journalled });
    if (source !== undefined) this.sources.set(source.key, source.position);
    this.rows.addBatch(batch);
  }

  /** Adds what came after it. */
  addAll(later: TallyJson): void {
    for (const [tenant, totals] of Object.entries(later.tenants)) this.#add(tenant, totals);
    for (const [key, position] of Object.entries(later.sources)) this.sources.set(key, position);
    this.rows.addAll(RowCounts.parse(later.rows ?? []));
  }

  /** Takes away what was added. Sources stay. */
  subtract(before: TallyJson): void {
    for (const [tenant, totals] of Object.entries(before.tenants)) {
      this.#add(tenant, totals, -1);
      const left = this.tenants.get(tenant);
      if (left !== undefined && names.every((name) => left[name] === 0)) this.tenants.delete(tenant);
    }
    this.rows.subtractAll(RowCounts.parse(before.rows ?? []));
  }

  #add(tenant: string, more: TenantTotals, sign = 1): void {
    const before = this.tenants.get(tenant) ?? none;
    const sums = names.map((name) => [name, before[name] + sign * more[name]]);
    this.tenants.set(tenant, Object.fromEntries(sums) as unknown as TenantTotals);
  }

  /** What `later` counted and this has not: what lay between. Without sources. */
  lackingOf(later: TallyJson): TallyJson {
    const tenants: [string, TenantTotals][] = [];
    for (const [tenant, totals] of Object.entries(later.tenants)) {
      const known = this.tenants.get(tenant) ?? none;
      const more = names.map((name) => [name, Math.max(0, totals[name] - known[name])] as const);
      if (more.some(([, count]) => count > 0))
        tenants.push([tenant, Object.fromEntries(more) as unknown as TenantTotals]);
    }
    const rows = RowCounts.parse(later.rows ?? []).exceeding(this.rows);
    return { tenants: Object.fromEntries(tenants), sources: {}, rows: rows.toJSON() };
  }

  toJSON(): TallyJson & { readonly rows: RowCountsJson } {
    return {
      tenants: Object.fromEntries(this.tenants),
      sources: Object.fromEntries(this.sources),
      rows: this.rows.toJSON(),
    };
  }
}
