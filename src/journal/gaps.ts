/**
 * Positions that the journal gave out and no longer has, though it never dropped them: a segment was deleted, a stretch
 * is damaged, or the store is ahead of a journal that is older. Each gap is noted with what is known of it, so that no
 * total shrinks, and what is in the store of it is asked once.
 *
 * The file also holds what the journal added up to when it was last closed: what is missing since then is known exactly.
 * It is not waited for: without it the gaps are found again. Gaps that are dropped with their neighbours are in the
 * checkpoint.
 */
import { join } from 'node:path';
import type { Range } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import { RowCounts, type RowCountsJson } from '../core/row-counts.ts';
import { decodeChecked, encodeChecked, isRecord } from './checked-json.ts';
import type { JournalFiles } from './files.ts';
import type { Segment } from './segment.ts';
import { type TallyJson, type TenantTotals, unknownTenant } from './tally.ts';
import { readWhole, replaceFile } from './whole-file.ts';

export interface Gap extends Range {
  /** What it held; rows of which nothing is known are the unknown tenant's. */
  readonly tally: TallyJson;
  /** Rows that the store has not either. Absent until the store was asked. */
  readonly lost?: RowCountsJson;
}

/** What a journal added up to when it was closed. */
export interface Closed {
  readonly sequence: number;
  readonly end: number;
  readonly tally: TallyJson;
}

interface Saved {
  readonly closed?: Closed;
  readonly gaps: readonly Gap[];
}

/** One without events that lies at `end` may have been found later. */
const isBefore = ({ first, end }: Range, dropped: number): boolean =>
  end < dropped || (end === dropped && first < end);

const isTally = (value: unknown): value is TallyJson =>
  isRecord(value) &&
  isRecord(value.tenants) &&
  isRecord(value.sources) &&
  (value.rows === undefined || Array.isArray(value.rows));
const isGap = (value: unknown): value is Gap =>
  isRecord(value) &&
  Number.isSafeInteger(value.first) &&
  Number.isSafeInteger(value.end) &&
  isTally(value.tally) &&
  (value.lost === undefined || Array.isArray(value.lost));
const isClosed = (value: unknown): value is Closed =>
  isRecord(value) &&
  Number.isSafeInteger(value.sequence) &&
  Number.isSafeInteger(value.end) &&
  isTally(value.tally);
const isSaved = (value: unknown): value is Saved =>
  isRecord(value) &&
  Array.isArray(value.gaps) &&
  value.gaps.every(isGap) &&
  (value.closed === undefined || isClosed(value.closed));

const pathIn = (folder: string): string => join(folder, 'gaps.json');

export class Gaps {
  readonly #folder: string;
  readonly #files: JournalFiles;
  readonly #log: Log;
  #saved: Saved = { gaps: [] };

  constructor(folder: string, files: JournalFiles, log: Log) {
    this.#folder = folder;
    this.#files = files;
    this.#log = log;
  }

  /** Gaps before `dropped` are in the checkpoint. A file that cannot be read is kept as `.damaged`. */
  async read(dropped: number): Promise<void> {
    const path = pathIn(this.#folder);
    const bytes = await readWhole(this.#files, path);
    if (bytes === undefined) return;
    const saved = decodeChecked(bytes, isSaved);
    if (saved !== undefined) {
      this.#saved = { ...saved, gaps: saved.gaps.filter((gap) => !isBefore(gap, dropped)) };
      return;
    }
    this.#log.error('The record of gaps in the journal is damaged: gaps are looked for again', { path });
    await this.#files.rename(path, `${path}.damaged`);
  }

  get all(): readonly Gap[] {
    return this.#saved.gaps;
  }

  get closed(): Closed | undefined {
    return this.#saved.closed;
  }

  /** Those that the store was not asked about. */
  get open(): readonly Gap[] {
    return this.all.filter(({ lost }) => lost === undefined);
  }

  /** Rows that are nowhere any more. */
  get lost(): RowCounts {
    const lost = new RowCounts();
    for (const gap of this.all) lost.addAll(RowCounts.parse(gap.lost ?? []));
    return lost;
  }

  async #save(saved: Saved): Promise<void> {
    this.#saved = saved;
    const path = pathIn(this.#folder);
    await replaceFile(this.#files, path, encodeChecked(saved), {}).catch((error: unknown) =>
      this.#log.warn('The gaps of the journal could not be noted; the next start looks for them again', {
        path,
        reason: String(error),
      }),
    );
  }

  /** Those that are dropped with all before `end`. */
  before(end: number): readonly Gap[] {
    return this.all.filter((gap) => isBefore(gap, end));
  }

  /** All before `end` are in the checkpoint now. */
  dropped(end: number): void {
    this.#saved = { ...this.#saved, gaps: this.all.filter((gap) => !isBefore(gap, end)) };
  }

  /** What was noted at the close is used up by them. */
  note(gaps: readonly Gap[]): Promise<void> {
    return this.#save({ gaps: [...this.all, ...gaps] });
  }

  /** Puts `to` in the place of `from`. */
  replace(from: Gap, to: Gap): Promise<void> {
    return this.#save({ ...this.#saved, gaps: this.all.map((gap) => (gap === from ? to : gap)) });
  }

  noteClosed(closed: Closed): Promise<void> {
    return this.#save({ ...this.#saved, closed });
  }
}

/** The positions from `from` up to `to` that no segment has, in order, without those in `noted`. */
export function missingRanges(
  segments: readonly Segment[],
  from: number,
  to: number,
  noted: readonly Range[],
): readonly Range[] {
  const there = segments.flatMap(({ header, end, missing }) =>
    without({ first: header.first, end }, missing).filter((range) => range.first < range.end),
  );
  return without({ first: from, end: Math.max(from, to) }, [...there, ...noted]).filter(
    (range) => range.first < range.end,
  );
}

function without(range: Range, noted: readonly Range[]): readonly Range[] {
  let left: readonly Range[] = [range];
  for (const { first, end } of noted)
    left = left.flatMap((piece) =>
      [
        { first: piece.first, end: Math.min(piece.end, first) },
        { first: Math.max(piece.first, end), end: piece.end },
      ].filter((part) => part.first < part.end),
    );
  return left;
}

const journalled = (rows: number): TenantTotals => ({
  received: rows,
  journalled: rows,
  quarantined: 0,
  duplicates: 0,
  replayed: 0,
});

/** A gap of which `known` is known; the rest of its rows are the unknown tenant's, on `day`. */
export function gapOf({ first, end }: Range, known: TallyJson | undefined, day: number): Gap {
  const rows = RowCounts.parse(known?.rows ?? []);
  const unknown = Math.max(0, end - first - rows.total);
  rows.add({ tenant: unknownTenant, retention: '', day }, unknown);
  const tenants = { ...known?.tenants, ...(unknown > 0 ? { [unknownTenant]: journalled(unknown) } : {}) };
  return { first, end, tally: { tenants, sources: {}, rows: rows.toJSON() } };
}

/**
 * The gap once it is known that of its rows the store has `stored` and that `removed` were removed on purpose: rows
 * of the unknown tenant become those that the store or the removals name, the others are lost.
 */
export function settledGap(gap: Gap, stored: RowCounts, removed: RowCounts): Gap {
  const { first, end, tally } = gap;
  const all = [...RowCounts.parse(tally.rows ?? [])];
  const known = RowCounts.of(all.filter(({ tenant }) => tenant !== unknownTenant));
  const found = new RowCounts();
  found.addAll(stored);
  found.addAll(removed);
  const more = found.exceeding(known);
  const lost = known.exceeding(found);
  known.addAll(more);
  const day = all.find(({ tenant }) => tenant === unknownTenant)?.day ?? 0;
  const unknown = Math.max(0, end - first - known.total);
  const nowhere = { tenant: unknownTenant, retention: '', day };
  known.add(nowhere, unknown);
  lost.add(nowhere, unknown);
  const tenants = { ...tally.tenants };
  delete tenants[unknownTenant];
  if (unknown > 0) tenants[unknownTenant] = journalled(unknown);
  for (const tenant of more.tenants()) {
    const before = tenants[tenant] ?? journalled(0);
    const rows = more.ofTenant(tenant);
    tenants[tenant] = {
      ...before,
      received: before.received + rows,
      journalled: before.journalled + rows,
    };
  }
  return { first, end, tally: { tenants, sources: {}, rows: known.toJSON() }, lost: lost.toJSON() };
}
