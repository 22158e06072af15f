/**
 * What became of the events before a consumer's position, by tenant: passed = delivered + dead-lettered + expired + lost.
 * `passed` is counted from the journal; the other figures are kept with the cursor. So the equation can be false, and
 * it holds over restarts.
 */
import { crc32 } from 'node:zlib';
import type { Journal, JournalBatch, JournalGap, TenantScope } from '../core/journal.ts';
import { RowCounts } from '../core/row-counts.ts';
import type { Refusal } from './consumer.ts';

export interface Figures {
  readonly delivered: number;
  readonly deadLettered: number;
  /** Left the journal, as it keeps nothing for ever, before the consumer got them. */
  readonly expired: number;
  /** Vanished from the journal before the consumer got them, or after it got them and cannot be had again. */
  readonly lost: number;
}

export interface TenantFigures extends Figures {
  readonly tenant: string;
  /** Events that were ever journalled for the tenant. */
  readonly journalled: number;
  readonly pending: number;
  /** journalled = delivered + pending + deadLettered + expired + lost. */
  readonly balanced: boolean;
}

/** What is kept with a cursor. */
export interface SavedAccount {
  /** All events before this position are accounted for. */
  readonly to: number;
  /** What was known of the gaps of the journal, as a checksum. */
  readonly gaps: number;
  readonly tenants: Readonly<Record<string, Figures>>;
}

type Counted = { -readonly [name in keyof Figures]: number };
const names = ['delivered', 'deadLettered', 'expired', 'lost'] as const;
const sumOf = (figures: Figures): number => names.reduce((sum, name) => sum + figures[name], 0);

const sumOfGaps = (gaps: readonly JournalGap[]): number =>
  gaps.length === 0
    ? 0
    : crc32(JSON.stringify(gaps.map(({ first, end, tally }) => [first, end, tally.rows])));

export interface AccountOptions {
  readonly journal: Pick<Journal, 'rows' | 'rowsBefore' | 'gaps'>;
  readonly scope: TenantScope;
  /** For a consumer that is informed of what is lost ({@link Account.restateLost}): nothing of its events expires. */
  readonly knowsLost?: boolean;
}

export class Account {
  readonly #journal: AccountOptions['journal'];
  readonly #scope: TenantScope;
  readonly #knowsLost: boolean;
  readonly #tenants = new Map<string, Counted>();
  /** Events of each tenant before the position. */
  readonly #passed = new Map<string, number>();
  #to = 0;
  /** The gaps as they are counted. */
  #gaps: readonly JournalGap[];

  constructor({ journal, scope, knowsLost = false }: AccountOptions) {
    this.#journal = journal;
    this.#scope = scope;
    this.#knowsLost = knowsLost;
    this.#gaps = journal.gaps;
  }

  /** One that can be changed while this one still says what is durable. */
  copy(): Account {
    const copy = new Account({
      journal: this.#journal,
      scope: this.#scope,
      knowsLost: this.#knowsLost,
    });
    for (const [tenant, figures] of this.#tenants) copy.#tenants.set(tenant, { ...figures });
    for (const [tenant, passed] of this.#passed) copy.#passed.set(tenant, passed);
    copy.#to = this.#to;
    copy.#gaps = this.#gaps;
    return copy;
  }

  /**
   * Counts what lies before `position`. What was saved is believed when it was saved for this position and no gap was
   * found since; otherwise all but the other figures was delivered.
   */
  async open(position: number, saved: SavedAccount | undefined): Promise<void> {
    this.#tenants.clear();
    for (const [tenant, figures] of Object.entries(saved?.tenants ?? {}))
      this.#tenants.set(tenant, { ...figures });
    await this.#passTo(position);
    if (saved?.to !== position || saved.gaps !== sumOfGaps(this.#gaps)) this.#restate();
  }

  async #passTo(position: number): Promise<void> {
    this.#to = position;
    this.#gaps = this.#journal.gaps;
    const rows = await this.#journal.rowsBefore(position);
    this.#passed.clear();
    for (const tenant of rows.tenants())
      if (this.#sees(tenant)) this.#passed.set(tenant, rows.ofTenant(tenant));
  }

  /** Once the store was asked it may be known whose the rows of a gap were. */
  #followGaps(): void {
    const { gaps } = this.#journal;
    if (gaps === this.#gaps) return;
    const found = new RowCounts();
    for (const before of this.#gaps) {
      const after = gaps.find(({ first, end }) => first === before.first && end === before.end);
      if (after === undefined || after === before || before.end > this.#to) continue;
      found.subtractAll(RowCounts.parse(before.tally.rows ?? []));
      found.addAll(RowCounts.parse(after.tally.rows ?? []));
    }
    this.#gaps = gaps;
    const tenants = [...found.tenants()].filter((tenant) => this.#sees(tenant));
    for (const tenant of tenants)
      this.#passed.set(tenant, (this.#passed.get(tenant) ?? 0) + found.ofTenant(tenant));
    if (tenants.length > 0) this.#restate();
  }

  #sees(tenant: string): boolean {
    return !('tenant' in this.#scope) || this.#scope.tenant === tenant;
  }

  #restate(): void {
    for (const tenant of new Set([...this.#passed.keys(), ...this.#tenants.keys()])) {
      const figures = this.#of(tenant);
      const others = sumOf(figures) - figures.delivered;
      figures.delivered = Math.max(0, (this.#passed.get(tenant) ?? 0) - others);
    }
  }

  /** Of a consumer that knows which of the events before its position are lost. */
  restateLost(lost: RowCounts): void {
    const tenants = [...this.#passed.keys()].filter(
      (tenant) => this.#of(tenant).lost !== lost.ofTenant(tenant),
    );
    for (const tenant of tenants) this.#of(tenant).lost = lost.ofTenant(tenant);
    if (tenants.length > 0) this.#restate();
  }

  #of(tenant: string): Counted {
    let figures = this.#tenants.get(tenant);
    if (figures === undefined) {
      figures = { delivered: 0, deadLettered: 0, expired: 0, lost: 0 };
      this.#tenants.set(tenant, figures);
    }
    return figures;
  }

  /** The batches were delivered, but for what was refused. The first may begin before the position. */
  settle(batches: readonly JournalBatch[], refusals: readonly Refusal[]): void {
    this.#followGaps();
    for (const { tenant, first, count } of batches) {
      const [from, end] = [Math.max(first, this.#to), first + count];
      if (from >= end) continue;
      const dead = refusals.filter(({ position }) => from <= position && position < end).length;
      const figures = this.#of(tenant);
      figures.delivered += end - from - dead;
      figures.deadLettered += dead;
      this.#passed.set(tenant, (this.#passed.get(tenant) ?? 0) + end - from);
      this.#to = end;
    }
  }

  /**
   * The events before `position` that were not accounted for cannot be had any more: those of a gap are lost, the others
   * expired. Resolves with their number.
   */
  async pass(position: number): Promise<number> {
    await this.#passTo(position);
    const inGaps = new RowCounts();
    for (const { end, tally } of this.#gaps)
      if (end <= position) inGaps.addAll(RowCounts.parse(tally.rows ?? []));
    let events = 0;
    for (const [tenant, passed] of this.#passed) {
      const figures = this.#of(tenant);
      const missing = Math.max(0, passed - sumOf(figures));
      const lost = this.#knowsLost
        ? missing
        : Math.min(missing, Math.max(0, inGaps.ofTenant(tenant) - figures.lost));
      figures.lost += lost;
      figures.expired += missing - lost;
      events += missing;
    }
    return events;
  }

  /** What `save` of the cursor takes along. */
  saved(): SavedAccount {
    this.#followGaps();
    return { to: this.#to, gaps: sumOfGaps(this.#gaps), tenants: Object.fromEntries(this.#tenants) };
  }

  of(tenant: string): TenantFigures {
    this.#followGaps();
    const journalled = this.#journal.rows.ofTenant(tenant);
    const figures = this.#tenants.get(tenant) ?? { delivered: 0, deadLettered: 0, expired: 0, lost: 0 };
    const pending = Math.max(0, journalled - (this.#passed.get(tenant) ?? 0));
    return {
      tenant,
      journalled,
      pending,
      ...figures,
      balanced: journalled === pending + sumOf(figures),
    };
  }

  /** Of all tenants that the consumer sees. */
  all(): readonly TenantFigures[] {
    const tenants = new Set([...this.#journal.rows.tenants(), ...this.#tenants.keys()]);
    return [...tenants].filter((tenant) => this.#sees(tenant)).map((tenant) => this.of(tenant));
  }
}
