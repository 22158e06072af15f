/**
 * Rows that were journalled and that the store lacks: on purpose (late duplicates, refused rows, days dropped, tenants
 * forgotten) or because they are lost. Without this record a restart could not tell a row that was removed from one
 * that vanished; it lies with the cursors and is durable before what it records.
 */
import type { Range } from '../core/journal.ts';
import { RowCounts, type RowCountsJson, type RowGroup } from '../core/row-counts.ts';

/** Rows that are removed: of a partition, or of a tenant; those before a position. */
export type Removal = {
  readonly before: number;
  /** Whether the store has done it. */
  readonly done: boolean;
} & ({ readonly retention: string; readonly day: number } | { readonly tenant: string });

interface Saved {
  readonly absent: RowCountsJson;
  readonly lost: RowCountsJson;
  /** Of a block of positions, how many of its rows are absent on purpose. */
  readonly blocks: readonly (readonly [number, number])[];
  readonly removals: readonly Removal[];
}

/** A row, as far as it is counted. */
export interface AbsentRow extends RowGroup {
  readonly position: number;
}

/** Positions in a block. Blocks are compared whole. */
export const blockLength = 65_536;
export const blockOf = (position: number): number => Math.floor(position / blockLength);

const matches = (removal: Removal, { tenant, retention, day }: RowGroup): boolean =>
  'tenant' in removal ? removal.tenant === tenant : removal.retention === retention && removal.day === day;

const isSaved = (note: unknown): note is Saved => {
  if (typeof note !== 'object' || note === null) return false;
  const { absent, lost, blocks, removals } = note as Partial<Saved>;
  return [absent, lost, blocks, removals].every(Array.isArray);
};

/** A file of its own: the position says how far rows were counted, the note holds the rest. */
export interface AbsencesFile {
  readonly position: number;
  readonly note: unknown;
  save(position: number, note: unknown): Promise<void>;
}

/** Changes take place one after the other; each resolves when it is durable. */
export class Absences {
  readonly #file: AbsencesFile;
  readonly #absent: RowCounts;
  readonly #lost: RowCounts;
  readonly #blocks: Map<number, number>;
  #removals: readonly Removal[];
  /** Late and refused rows before it are counted. */
  #countedTo: number;

  /** A note that is not one of these is as none. */
  constructor(file: AbsencesFile) {
    this.#file = file;
    const saved: Partial<Saved> = isSaved(file.note) ? file.note : {};
    this.#countedTo = isSaved(file.note) ? file.position : 0;
    this.#absent = RowCounts.parse(saved.absent ?? []);
    this.#lost = RowCounts.parse(saved.lost ?? []);
    this.#blocks = new Map(saved.blocks ?? []);
    this.#removals = saved.removals ?? [];
  }

  /** Whether it is known what was removed before; not so in a new folder, nor where the record is gone. */
  get isKnown(): boolean {
    return isSaved(this.#file.note);
  }

  /** Late and refused rows before this position are counted. */
  get countedTo(): number {
    return this.#countedTo;
  }

  /** All before this position was delivered to the store once, as far as this record knows. */
  get deliveredTo(): number {
    return Math.max(this.#countedTo, ...this.#removals.map(({ before }) => before));
  }

  /** Rows that are absent on purpose. */
  get absent(): RowCounts {
    return this.#absent;
  }

  /** Rows that the store had, or should have had, and that cannot be had again. */
  get lost(): RowCounts {
    return this.#lost;
  }

  get unfinished(): readonly Removal[] {
    return this.#removals.filter(({ done }) => !done);
  }

  inBlock(block: number): number {
    return this.#blocks.get(block) ?? 0;
  }

  /** Whether a row was removed on purpose, so that it must not be written again. */
  isRemoved(row: AbsentRow): boolean {
    return this.#removals.some((removal) => row.position < removal.before && matches(removal, row));
  }

  /** Of what was delivered up to `end` these rows are not stored. Rows that were counted before are not again. */
  async count(rows: readonly AbsentRow[], end: number): Promise<void> {
    const fresh = rows.filter(({ position }) => position >= this.#countedTo);
    if (fresh.length === 0) return;
    for (const row of fresh) {
      this.#absent.add(row, 1);
      this.#addToBlock(blockOf(row.position), 1);
    }
    this.#countedTo = Math.max(this.#countedTo, end);
    await this.#save();
  }

  /**
   * Rows are about to be removed from the store: all of their groups that were `journalled` before. `held` says how
   * many of them it has in each block of the journal.
   */
  async remove(removal: Removal, journalled: RowCounts, held: ReadonlyMap<number, number>): Promise<void> {
    for (const group of journalled)
      if (matches(removal, group))
        this.#absent.add(group, group.rows - this.#absent.get(group) - this.#lost.get(group));
    for (const [block, rows] of held) this.#addToBlock(block, rows);
    this.#removals = [...this.#removals, removal];
    await this.#save();
  }

  async removed(removal: Removal): Promise<void> {
    this.#removals = this.#removals.map((each) => (each === removal ? { ...each, done: true } : each));
    await this.#save();
  }

  /** Rows that are in the journal by its counts and cannot be read from it. */
  async giveUp(blocks: readonly { readonly block: number; readonly rows: number }[]): Promise<void> {
    if (blocks.length === 0) return;
    for (const { block, rows } of blocks) this.#addToBlock(block, rows);
    await this.#save();
  }

  async lose(rows: RowCounts): Promise<void> {
    this.#lost.addAll(rows);
    await this.#save();
  }

  /** From now on it is known that nothing else was removed. */
  begin(): Promise<void> {
    return this.#save();
  }

  /** Forgets what concerns positions before those that the journal has. */
  async trim({ first }: Pick<Range, 'first'>): Promise<void> {
    const blocks = [...this.#blocks.keys()].filter((block) => block < blockOf(first));
    const removals = this.#removals.filter(({ before, done }) => before > first || !done);
    if (blocks.length === 0 && removals.length === this.#removals.length) return;
    for (const block of blocks) this.#blocks.delete(block);
    this.#removals = removals;
    await this.#save();
  }

  #addToBlock(block: number, rows: number): void {
    this.#blocks.set(block, this.inBlock(block) + rows);
  }

  #save(): Promise<void> {
    return this.#file.save(this.#countedTo, {
      absent: this.#absent.toJSON(),
      lost: this.#lost.toJSON(),
      blocks: [...this.#blocks],
      removals: this.#removals,
    });
  }
}
