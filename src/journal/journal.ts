/**
 * The journal: the one line through the program. Accepted means in here, on the disk; every consumer reads from here.
 *
 *   append ─▶ room ─▶ position ─▶ rows as text ─▶ zstd ─▶ group ─▶ write, fsync ─▶ acknowledged ─▶ young batches
 *                                                                                                   │  (else disk)
 *                                                                              subscribe ◀──────────┘
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal, JournalBatch, JournalEntry, TenantScope } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import { RowCounts } from '../core/row-counts.ts';
import { decodeHead, decodeTable, prepareBatch } from './batch.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { currentColumns } from './columns.ts';
import type { DamageCounts } from './damage.ts';
import { Disk, type DiskLimits, type Pressure } from './disk.ts';
import type { DuplicateIndex } from './duplicates.ts';
import { type JournalFiles, nodeFiles } from './files.ts';
import { findGaps } from './find-gaps.ts';
import { type DurableSegment, type FrameLog, openFrameLog } from './frame-log.ts';
import { type Gap, Gaps, settledGap } from './gaps.ts';
import type { KnownSegment } from './recovery.ts';
import { type RetentionLimits, segmentsToDrop } from './retention.ts';
import { rowsBefore } from './rows-before.ts';
import type { Segment } from './segment.ts';
import { Sidecars } from './sidecars.ts';
import { Bell, subscribe } from './subscribe.ts';
import { Tally, type TallyJson, type TenantTotals } from './tally.ts';
import { checkVersion } from './version.ts';
import { makeFolders } from './whole-file.ts';
import { YoungBatches } from './young.ts';

export interface JournalOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets the ids of what is journalled already, oldest first. */
  readonly duplicates?: Pick<DuplicateIndex, 'restore' | 'missingTo'>;
  /**
   * Positions before this one were given out, by this journal or by a later state of it: as far as the store and the
   * cursors know. The next event gets it at the earliest. Waited for when the segments are read.
   */
  readonly takenTo?: number | Promise<number>;
  /** Default: the real disk. */
  readonly files?: JournalFiles;
  /** A segment is closed at this size (64 MB) or age (microseconds, 1 h). */
  readonly segmentBytes?: number;
  readonly segmentAge?: number;
  /** Bytes of rows under way at most (128 MB); further appends wait. */
  readonly inFlightBytes?: number;
  /** Bytes of young batches kept in memory (32 MB). */
  readonly youngBytes?: number;
  /** Level of zstd (1). */
  readonly level?: number;
  readonly retention?: Partial<RetentionLimits>;
  readonly disk?: DiskLimits;
  /** Milliseconds between looks at the disk (5 s); 0: only {@link OpenJournal.checkDisk} looks. */
  readonly diskEvery?: number;
  /** Waits before a failing disk is tried again. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

export interface JournalStats {
  readonly end: number;
  readonly oldest: number;
  readonly bytes: number;
  readonly segments: number;
  readonly fsyncs: number;
  /** Bytes of appends under way. */
  readonly inFlight: number;
  readonly damage: DamageCounts;
  /** Of the disk. */
  readonly free: number;
  readonly total: number;
}

export interface OpenJournal extends Journal {
  /** Gaps of which it is not known what the store has of them. */
  readonly openGaps: readonly Gap[];
  /** Rows of gaps that are nowhere any more. */
  readonly lost: RowCounts;
  /** The store has `stored` of a gap, and `removed` of it were removed on purpose. */
  settleGap(gap: Gap, stored: RowCounts, removed: RowCounts): Promise<void>;
  /** `full` closes the doors; it heals by itself. */
  readonly pressure: Pressure;
  /** Where the receiver of this source goes on: the position of its last durable entry. */
  sourcePosition(key: string): string | undefined;
  /** The equation of each tenant, over all that was ever journalled here. */
  totals(): ReadonlyMap<string, TenantTotals>;
  stats(): JournalStats;
  /** Deletes what the store has durably (all before `storedTo`) and is old, or too much; never what the store lacks. */
  retain(stored: {
    readonly storedTo: number;
  }): Promise<{ readonly segments: number; readonly bytes: number }>;
  /** What of its files is durable now, together with {@link Journal.end}. */
  durable(): readonly DurableSegment[];
  checkDisk(): Promise<Pressure>;
  /** Gives up the reserve of disk, for another log on the same disk that found it full; whether there was one. */
  makeRoom(): Promise<boolean>;
  /** Resolves when what is under way is durable or rejected; ends no subscription. */
  close(): Promise<void>;
}

const megabyte = 1 << 20;
const hour = 3600e6;
/** What an entry takes beside its rows. */
const entryBytes = 512;

class SegmentedJournal implements OpenJournal {
  readonly #options: JournalOptions;
  readonly #files: JournalFiles;
  readonly #disk: Disk;
  readonly #young: YoungBatches;
  readonly #bell = new Bell();
  readonly #tally = new Tally();
  readonly #sidecars: Sidecars;
  readonly #gaps: Gaps;
  #checkpoint: Checkpoint<TallyJson> | undefined;
  #frames!: FrameLog;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#sidecars = new Sidecars(this.#files, options.log);
    this.#gaps = new Gaps(options.folder, this.#files, options.log);
    this.#young = new YoungBatches(options.youngBytes ?? 32 * megabyte);
    this.#disk = new Disk(options.folder, this.#files, options.log, options.disk ?? {});
  }

  async open(): Promise<void> {
    const { folder, clock, log, duplicates, segmentBytes, segmentAge, inFlightBytes, pause, diskEvery } =
      this.#options;
    await makeFolders(this.#files, folder);
    await checkVersion(folder, this.#files);
    this.#checkpoint = await readCheckpoint<TallyJson>(folder, this.#files, log);
    if (this.#checkpoint !== undefined) {
      this.#tally.addAll(this.#checkpoint.tally);
      duplicates?.missingTo(this.#checkpoint.written);
    }
    this.#frames = await openFrameLog({
      folder,
      files: this.#files,
      clock,
      log,
      note: currentColumns,
      ...(this.#checkpoint === undefined ? {} : { droppedTo: this.#checkpoint.sequence }),
      segmentBytes: segmentBytes ?? 64 * megabyte,
      segmentAge: segmentAge ?? hour,
      inFlightBytes: inFlightBytes ?? 128 * megabyte,
      pause: pause ?? sleep,
      makeRoom: () => this.makeRoom(),
      visit: (frame, segment) => {
        const head = decodeHead(frame.body);
        const table = decodeTable(frame);
        duplicates?.restore({ ...table, received: head.received });
        this.#sidecars.draft(segment).add(frame.count, head, table);
        this.#tally.add({ ...head, count: frame.count, times: table.times });
      },
      known: (segment, endSequence, size) => this.#known(segment, endSequence, size),
      closed: (segment) => this.#sidecars.close(segment),
    });
    await findGaps({
      folder,
      frames: this.#frames,
      gaps: this.#gaps,
      sidecars: this.#sidecars,
      tally: this.#tally,
      checkpoint: this.#checkpoint,
      takenTo: (await this.#options.takenTo) ?? 0,
      duplicates,
      clock,
      log,
    });
    this.#sidecars.closeAll();
    await this.#sidecars.written();
    await this.checkDisk();
    if (diskEvery !== 0) this.#timer = setInterval(() => void this.checkDisk(), diskEvery ?? 5000).unref();
  }

  async #known(segment: Segment, endSequence: number, size: number): Promise<KnownSegment | undefined> {
    const sidecar = await this.#sidecars.read(segment);
    if (sidecar === undefined || sidecar.endSequence !== endSequence || sidecar.bytes > size)
      return undefined;
    const { tally, ids, ...known } = sidecar;
    for (const each of ids) this.#options.duplicates?.restore(each);
    this.#tally.addAll(tally);
    return known;
  }

  async append(entry: JournalEntry): Promise<{ readonly first: number }> {
    const bytes = entry.rows.bytes + entryBytes;
    let batch: JournalBatch | undefined;
    return this.#frames.append({
      count: entry.rows.count,
      bytes,
      encode: async (first) => {
        const prepared = await prepareBatch(entry, first, this.#options.level ?? 1);
        batch = prepared.batch;
        return prepared.parts;
      },
      durable: (_, segment) => this.#durable(batch as JournalBatch, entry, segment),
    });
  }

  #durable(batch: JournalBatch, entry: JournalEntry, segment: Segment): void {
    const head = { ...entry, count: batch.count, times: batch.times, retention: batch.retention };
    this.#tally.add(head);
    this.#sidecars.draft(segment).add(batch.count, head, batch);
    if (batch.count > 0) this.#young.add(batch);
    this.#bell.ring();
  }

  subscribe(scope: TenantScope, from: number, signal: AbortSignal): AsyncIterable<JournalBatch> {
    return subscribe({ frames: this.#frames, young: this.#young, bell: this.#bell }, scope, from, signal);
  }

  async retain({ storedTo }: { readonly storedTo: number }): Promise<{ segments: number; bytes: number }> {
    const { folder, clock, retention } = this.#options;
    const frames = this.#frames;
    const limits = { age: 24 * hour, share: 0.2, ...retention };
    const open = frames.segments.slice(0, frames.droppable);
    const known = Math.min(storedTo, ...this.#gaps.open.map(({ first }) => first));
    const count = segmentsToDrop(open, frames.bytes, this.#disk.total, known, clock(), limits);
    const going = open.slice(0, count);
    const last = going.at(-1);
    if (last === undefined) return { segments: 0, bytes: 0 };
    await this.#sidecars.written();
    const tally = new Tally();
    if (this.#checkpoint !== undefined) tally.addAll(this.#checkpoint.tally);
    for (const segment of going) tally.addAll(await this.#tallyOf(segment));
    const { endSequence: sequence, end, written } = last;
    const lost = RowCounts.parse(this.#checkpoint?.lost ?? []);
    for (const gap of this.#gaps.before(end)) {
      tally.addAll(gap.tally);
      lost.addAll(RowCounts.parse(gap.lost ?? []));
    }
    const checkpoint = { sequence, end, written, tally: tally.toJSON(), lost: lost.toJSON() };
    await writeCheckpoint(folder, this.#files, checkpoint);
    this.#checkpoint = checkpoint;
    this.#gaps.dropped(end);
    await this.#drop(going);
    return { segments: count, bytes: going.reduce((sum, segment) => sum + segment.bytes, 0) };
  }

  async #drop(oldest: readonly Segment[]): Promise<void> {
    await this.#frames.drop(oldest.length);
    for (const segment of oldest) await this.#sidecars.remove(segment);
  }

  /** From its sidecar, or from its frames when that could not be written. */
  async #tallyOf(segment: Segment): Promise<TallyJson> {
    const drafted = this.#sidecars.drafted(segment);
    if (drafted !== undefined) return drafted;
    const sidecar = await this.#sidecars.read(segment);
    if (sidecar !== undefined) return sidecar.tally;
    const tally = new Tally();
    // From one position earlier, as frames without events lie before the first position.
    for await (const { frame, segment: from } of this.#frames.read(segment.header.first - 1)) {
      if (from.ordinal < segment.ordinal) continue;
      if (from.ordinal > segment.ordinal) break;
      tally.add({ ...decodeHead(frame.body), count: frame.count, times: decodeTable(frame).times });
    }
    return tally.toJSON();
  }

  get rows(): RowCounts {
    return this.#tally.rows;
  }

  rowsBefore(position: number): Promise<RowCounts> {
    return rowsBefore(
      {
        frames: this.#frames,
        gaps: this.#gaps.all,
        rows: this.#tally.rows,
        drafted: (segment) => this.#sidecars.drafted(segment),
        tallyOf: (segment) => this.#tallyOf(segment),
      },
      position,
    );
  }

  get gaps(): readonly Gap[] {
    return this.#gaps.all;
  }

  get openGaps(): readonly Gap[] {
    return this.#gaps.open;
  }

  get lost(): RowCounts {
    const lost = RowCounts.parse(this.#checkpoint?.lost ?? []);
    lost.addAll(this.#gaps.lost);
    return lost;
  }

  async settleGap(gap: Gap, stored: RowCounts, removed: RowCounts): Promise<void> {
    const settled = settledGap(gap, stored, removed);
    await this.#gaps.replace(gap, settled);
    this.#tally.subtract(gap.tally);
    this.#tally.addAll(settled.tally);
  }

  get end(): number {
    return this.#frames.end;
  }

  get oldest(): number {
    return this.#frames.oldest;
  }

  get pressure(): Pressure {
    return this.#frames.failing ? 'full' : this.#disk.pressure;
  }

  sourcePosition(key: string): string | undefined {
    return this.#tally.sources.get(key);
  }

  totals(): ReadonlyMap<string, TenantTotals> {
    return this.#tally.tenants;
  }

  stats(): JournalStats {
    const { end, oldest, bytes, segments, fsyncs, inFlight, damage } = this.#frames;
    const { free, total } = this.#disk;
    return { end, oldest, bytes, segments: segments.length, fsyncs, inFlight, damage, free, total };
  }

  durable(): readonly DurableSegment[] {
    return this.#frames.durable();
  }

  checkDisk(): Promise<Pressure> {
    return this.#disk.check();
  }

  makeRoom(): Promise<boolean> {
    return this.#disk.giveUpReserve();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#frames.close();
    await this.#sidecars.written();
    const { sequence, end } = this.#frames;
    await this.#gaps.noteClosed({ sequence, end, tally: this.#tally.toJSON() });
  }
}

/** Opens the journal in `folder`/journal, making it when it is missing. Rejects when the folder is of a newer version. */
export async function openJournal(options: JournalOptions): Promise<OpenJournal> {
  const journal = new SegmentedJournal({ ...options, folder: join(options.folder, 'journal') });
  await journal.open();
  return journal;
}
