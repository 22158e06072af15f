/**
 * What is in quarantine, in memory: counts by reason, which never go back, and where the kept records lie. Says of a
 * record whether it is kept or, over the bounds of its tenant, only counted.
 */
import type { Act, RejectedRecord } from './quarantine-frame.ts';

export interface QuarantineBounds {
  /** Of each tenant: bytes kept, records kept, records kept a minute. */
  readonly bytes: number;
  readonly records: number;
  readonly perMinute: number;
  /** Over the bounds so many of each reason are kept all the same, to have something to look at. */
  readonly ofEachReason: number;
  /** How long a record is kept, microseconds. */
  readonly age: number;
}

/** By tenant and reason: all that came, what was sent again, and the first and last time of receipt. */
export type ReasonCounts = Record<string, Record<string, ReasonCount>>;
export interface ReasonCount {
  readonly count: number;
  readonly replayed: number;
  readonly first: number;
  readonly last: number;
}

/** Without a prototype: a tenant may be called `constructor`. */
export const noCounts = (): ReasonCounts => Object.create(null) as ReasonCounts;

/** Adds to `counts` what another count of the same reason says. */
export function addCount(counts: ReasonCounts, tenant: string, reason: string, more: ReasonCount): void {
  let reasons = counts[tenant];
  if (reasons === undefined) {
    reasons = Object.create(null) as Record<string, ReasonCount>;
    counts[tenant] = reasons;
  }
  const before = reasons[reason];
  reasons[reason] =
    before === undefined
      ? more
      : {
          count: before.count + more.count,
          replayed: before.replayed + more.replayed,
          first: Math.min(before.first, more.first),
          last: Math.max(before.last, more.last),
        };
}

type Reception = Pick<RejectedRecord, 'tenant' | 'reason' | 'received'>;

/** Neighbours of the same tenant, reason and time as one count: there may be a hundred thousand in one body. */
export function together(records: readonly Reception[]): (Reception & { readonly count: number })[] {
  const counts: (Reception & { count: number })[] = [];
  for (const { tenant, reason, received } of records) {
    const last = counts.at(-1);
    if (last?.tenant === tenant && last.reason === reason && last.received === received) last.count += 1;
    else counts.push({ tenant, reason, received, count: 1 });
  }
  return counts;
}

export interface Kept {
  readonly position: number;
  readonly reason: string;
  readonly received: number;
  readonly size: number;
  replayed?: string;
}

class TenantRecords {
  /** In order of position. */
  kept: Kept[] = [];
  bytes = 0;
  readonly ofReason = new Map<string, number>();
  minute = 0;
  thisMinute = 0;

  add(record: Kept): void {
    this.kept.push(record);
    this.bytes += record.size;
    this.ofReason.set(record.reason, (this.ofReason.get(record.reason) ?? 0) + 1);
    const minute = Math.floor(record.received / 60e6);
    this.thisMinute = minute === this.minute ? this.thisMinute + 1 : 1;
    this.minute = minute;
  }

  /** Takes out all records up to the first that is younger. */
  expire(before: number): void {
    const young = this.kept.findIndex((record) => record.received >= before);
    for (const record of this.kept.splice(0, young < 0 ? this.kept.length : young)) {
      this.bytes -= record.size;
      this.ofReason.set(record.reason, (this.ofReason.get(record.reason) ?? 1) - 1);
    }
  }
}

export class QuarantineIndex {
  readonly #bounds: QuarantineBounds;
  readonly #tenants = new Map<string, TenantRecords>();
  readonly counts = noCounts();

  constructor(bounds: QuarantineBounds) {
    this.#bounds = bounds;
  }

  #of(tenant: string): TenantRecords {
    let records = this.#tenants.get(tenant);
    if (records === undefined) {
      records = new TenantRecords();
      this.#tenants.set(tenant, records);
    }
    return records;
  }

  /** Whether there is room for a record of `size` bytes beside `more` others of the same tenant on their way. */
  hasRoom(
    record: Pick<RejectedRecord, 'tenant' | 'reason' | 'received'>,
    size: number,
    more: number,
  ): boolean {
    const { bytes, records, perMinute, ofEachReason } = this.#bounds;
    const tenant = this.#of(record.tenant);
    const sameMinute = Math.floor(record.received / 60e6) === tenant.minute ? tenant.thisMinute : 0;
    const within = tenant.kept.length + more < records && sameMinute + more < perMinute;
    if (within && tenant.bytes + size <= bytes) return true;
    const few = (tenant.ofReason.get(record.reason) ?? 0) + more < ofEachReason;
    return few && tenant.bytes + size <= bytes * 2;
  }

  /** Takes in an act at its position in the log; the same acts in the same order give the same index. */
  take(act: Act, first: number, counts: readonly ReasonCounts[]): void {
    if ('forgotten' in act) {
      this.#tenants.delete(act.forgotten);
      for (const each of counts) delete each[act.forgotten];
    } else if ('replayed' in act) {
      const { tenant, replayed, reason, received, outcome } = act;
      const record = this.find(tenant, replayed);
      if (record !== undefined) record.replayed = outcome;
      for (const each of counts)
        addCount(each, tenant, reason, { count: 0, replayed: 1, first: received, last: received });
    } else {
      for (const [index, { tenant, reason, received, size }] of act.kept.entries())
        this.#of(tenant).add({ position: first + index, reason, received, size });
      for (const { tenant, reason, received, count } of [...together(act.kept), ...act.counted])
        for (const each of counts)
          addCount(each, tenant, reason, { count, replayed: 0, first: received, last: received });
    }
  }

  /** The kept record at `position`, when it is this tenant's. */
  find(tenant: string, position: number): Kept | undefined {
    const kept = this.#tenants.get(tenant)?.kept ?? [];
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((kept[middle] as Kept).position < position) low = middle + 1;
      else high = middle;
    }
    return kept[low]?.position === position ? kept[low] : undefined;
  }

  /** Oldest first. */
  kept(tenant: string): readonly Kept[] {
    return this.#tenants.get(tenant)?.kept ?? [];
  }

  keptOf(tenant: string, reason: string): number {
    return this.#tenants.get(tenant)?.ofReason.get(reason) ?? 0;
  }

  /** Lets go of what is too old; the position before which nothing is kept any more. */
  expire(now: number, end: number): number {
    let oldest = end;
    for (const records of this.#tenants.values()) {
      records.expire(now - this.#bounds.age);
      oldest = Math.min(oldest, records.kept[0]?.position ?? end);
    }
    return oldest;
  }
}
