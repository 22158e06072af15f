/**
 * What the batches of a journal add up to: the equation of each tenant, and how far each receiver has read. Kept for
 * a segment in its sidecar, for what was deleted in the checkpoint, for all in memory.
 */
import type { ReceptionCounts } from '../core/journal.ts';

/** received = journalled + quarantined + duplicates, of first receptions; replays are beside it. */
export interface TenantTotals {
  readonly received: number;
  readonly journalled: number;
  readonly quarantined: number;
  readonly duplicates: number;
  /** Records sent again from quarantine. */
  readonly replayed: number;
}

export interface TallyJson {
  readonly tenants: Readonly<Record<string, TenantTotals>>;
  readonly sources: Readonly<Record<string, string>>;
}

const none: TenantTotals = { received: 0, journalled: 0, quarantined: 0, duplicates: 0, replayed: 0 };

export class Tally {
  readonly tenants = new Map<string, TenantTotals>();
  /** Position to resume from, by the key of the source. */
  readonly sources = new Map<string, string>();

  /** Adds one batch of `rows` rows. A batch of replayed records counts beside the equation. */
  add(
    tenant: string,
    rows: number,
    counts: ReceptionCounts,
    source?: { readonly key: string; readonly position: string },
  ): void {
    const journalled = counts.replayed > 0 ? 0 : rows;
    this.#add(tenant, { ...counts, journalled });
    if (source !== undefined) this.sources.set(source.key, source.position);
  }

  /** Adds what came after it. */
  addAll(later: TallyJson): void {
    for (const [tenant, totals] of Object.entries(later.tenants)) this.#add(tenant, totals);
    for (const [key, position] of Object.entries(later.sources)) this.sources.set(key, position);
  }

  #add(tenant: string, more: TenantTotals): void {
    const before = this.tenants.get(tenant) ?? none;
    this.tenants.set(tenant, {
      received: before.received + more.received,
      journalled: before.journalled + more.journalled,
      quarantined: before.quarantined + more.quarantined,
      duplicates: before.duplicates + more.duplicates,
      replayed: before.replayed + more.replayed,
    });
  }

  toJSON(): TallyJson {
    return { tenants: Object.fromEntries(this.tenants), sources: Object.fromEntries(this.sources) };
  }
}
