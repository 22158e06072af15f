/** Names what is already past its retention class when it arrives: it is taken in, and will not stay for long. */
import type { PastRetention } from '../core/ingest.ts';
import { usualRetention } from '../core/journal.ts';
import type { DropReason, Horizon, Horizons } from '../core/retention.ts';

interface Limits {
  /** What is not older than this is within every rule. */
  readonly latest: number;
  readonly horizons: readonly Horizon[];
}

const nothing: Limits = { latest: Number.NEGATIVE_INFINITY, horizons: [] };

/** The events of one payload, each compared with the rules in force when its reading began. */
export class PastRetentionNotes {
  readonly #horizons: Horizons | undefined;
  readonly #usual: Limits;
  readonly #others = new Map<string, Limits>();
  readonly #notes = new Map<string, { -readonly [K in keyof PastRetention]: PastRetention[K] }>();

  constructor(horizons: Horizons | undefined) {
    this.#horizons = horizons;
    this.#usual = this.#limitsOf(usualRetention);
  }

  #limitsOf(retention: string): Limits {
    if (this.#horizons === undefined) return nothing;
    const horizons = this.#horizons(retention);
    return { latest: Math.max(...horizons.map(({ before }) => before)), horizons };
  }

  /** Called for each accepted event: one comparison for nearly all. `time` in microseconds. */
  see(time: number, retention: string): void {
    let limits = this.#usual;
    if (retention !== usualRetention) {
      limits = this.#others.get(retention) ?? this.#limitsOf(retention);
      this.#others.set(retention, limits);
    }
    if (time < limits.latest) this.#note(time, retention, limits.horizons);
  }

  /** Where it is past several, the age is named: no budget would keep it. */
  #note(time: number, retention: string, horizons: readonly Horizon[]): void {
    const past = horizons.filter(({ before }) => time < before);
    const horizon = past.find(({ because }) => because === 'age') ?? past[0];
    if (horizon === undefined) return;
    const { because, before, reason } = horizon;
    const key = `${because} ${retention}`;
    const note = this.#notes.get(key);
    if (note === undefined)
      this.#notes.set(key, { retention, because, count: 1, before, oldest: time, reason });
    else {
      note.count += 1;
      note.oldest = Math.min(note.oldest, time);
    }
  }

  get notes(): readonly PastRetention[] {
    return [...this.#notes.values()];
  }
}

export interface PastRetentionTotal {
  readonly tenant: string;
  readonly retention: string;
  readonly because: DropReason;
  readonly count: number;
}

/** Counts since the start of the process. */
export interface PastRetentionTally {
  add(tenant: string, notes: readonly PastRetention[]): void;
  totals(): Iterable<PastRetentionTotal>;
}

export function createPastRetentionTally(): PastRetentionTally {
  const totals = new Map<string, PastRetentionTotal>();
  return {
    add(tenant, notes) {
      for (const { retention, because, count } of notes) {
        const key = `${tenant} ${because} ${retention}`;
        totals.set(key, { tenant, retention, because, count: (totals.get(key)?.count ?? 0) + count });
      }
    },
    totals: () => totals.values(),
  };
}
