/**
 * The quarantine: records that could not become events, with the reason, durable before anybody is answered; to be
 * looked at, edited and sent again. A log of its own beside the journal, with the same group commit and recovery.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Seal } from '../access/seal.ts';
import type { Clock, Log } from '../core/ports.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../journal/checkpoint.ts';
import { type JournalFiles, nodeFiles } from '../journal/files.ts';
import { type DurableSegment, type FrameLog, openFrameLog } from '../journal/frame-log.ts';
import type { Segment } from '../journal/segment.ts';
import { checkVersion } from '../journal/version.ts';
import { makeFolders } from '../journal/whole-file.ts';
import { type Act, decodeAct, decodeRecords, encodeAct, type RejectedRecord } from './quarantine-frame.ts';
import {
  addCount,
  noCounts,
  type QuarantineBounds,
  QuarantineIndex,
  type ReasonCounts,
  together,
} from './quarantine-index.ts';

export interface QuarantineOptions extends Partial<QuarantineBounds> {
  /** The data folder; the quarantine lies in a folder of its own in it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Gives up its reserve when the disk is full. */
  readonly journal?: { makeRoom(): Promise<boolean> };
  /** Makes ids of positions, which count the records of all tenants. Default: the position itself. */
  readonly seal?: Pick<Seal, 'number' | 'openNumber'>;
  /** Default: the real disk. */
  readonly files?: JournalFiles;
  readonly segmentBytes?: number;
  readonly segmentAge?: number;
  /** Waits before a failing disk is tried again. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

export interface QuarantineEntry extends RejectedRecord {
  readonly id: string;
  /** Bytes of the record. */
  readonly size: number;
  /** What came of it when it was sent again. */
  readonly replayed?: string;
}

export interface QuarantineReason {
  readonly reason: string;
  /** All that ever came, those that are kept, and those that were sent again. */
  readonly count: number;
  readonly kept: number;
  readonly replayed: number;
  /** Time of receipt of the first and the last, microseconds. */
  readonly first: number;
  readonly last: number;
}

/** Every reading function takes a tenant and sees that tenant's records only. */
export interface Quarantine {
  /**
   * Resolves with an id for each entry, in their order, when all are durable; rejects when none is. Over the bounds of
   * a tenant an entry is only counted, and its id is ''. `bytes` must be free of secrets.
   */
  keep(entries: readonly (RejectedRecord & { readonly bytes: Buffer })[]): Promise<readonly string[]>;
  /** Most frequent reason first. */
  summary(tenant: string): readonly QuarantineReason[];
  /** Newest first; `next` is the cursor of the next page, null at the end. */
  list(
    tenant: string,
    options: { readonly reason?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly entries: readonly QuarantineEntry[]; readonly next: string | null }>;
  get(tenant: string, id: string): Promise<(QuarantineEntry & { readonly bytes: Buffer }) | undefined>;
  /** Ids of what was not sent again, oldest first. */
  ids(tenant: string, reason: string): readonly string[];
  /** Resolves when it is durable that the entry was sent again; the first outcome stays. */
  replayed(tenant: string, id: string, outcome: string): Promise<void>;
  /** Resolves when it is durable that all entries and counts of the tenant are gone. */
  forget(tenant: string): Promise<void>;
  /** What of its files is durable now. */
  durable(): readonly DurableSegment[];
  /** Deletes what is older than the bound; for a timer. Counts stay. */
  retain(): Promise<{ readonly segments: number }>;
  close(): Promise<void>;
}

const purpose = 'quarantine';

const defaults: QuarantineBounds = {
  bytes: 256e6,
  records: 100_000,
  perMinute: 10_000,
  ofEachReason: 1000,
  age: 30 * 86_400e6,
};

/** Entries that one turn of the event loop looks at. */
const lookedAtOnce = 10_000;

class LoggedQuarantine implements Quarantine {
  readonly #options: QuarantineOptions;
  readonly #files: JournalFiles;
  readonly #index: QuarantineIndex;
  /** What the acts of each segment count, for the checkpoint when it goes. */
  readonly #ofSegment = new Map<Segment, ReasonCounts>();
  #checkpoint: Checkpoint<ReasonCounts> | undefined;
  #frames!: FrameLog;

  constructor(options: QuarantineOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#index = new QuarantineIndex({ ...defaults, ...options });
  }

  #idOf(tenant: string, position: number): string {
    return this.#options.seal?.number(purpose, tenant, position) ?? String(position);
  }

  /** Of an id as it was given out; anything else is the position of nothing. */
  #positionOf(tenant: string, id: string): number {
    const { seal } = this.#options;
    if (seal !== undefined) return seal.openNumber(purpose, tenant, id) ?? -1;
    return /^\d{1,15}$/.test(id) ? Number(id) : -1;
  }

  async open(): Promise<void> {
    const { folder, clock, log, journal, segmentBytes, segmentAge, pause } = this.#options;
    await makeFolders(this.#files, folder);
    await checkVersion(folder, this.#files);
    this.#checkpoint = await readCheckpoint<ReasonCounts>(folder, this.#files, log);
    addAll(this.#index.counts, this.#checkpoint?.tally ?? {});
    this.#frames = await openFrameLog({
      folder,
      files: this.#files,
      clock,
      log,
      note: { kind: 'quarantine' },
      segmentBytes: segmentBytes ?? 16 << 20,
      segmentAge: segmentAge ?? 86_400e6,
      inFlightBytes: 64 << 20,
      pause: pause ?? sleep,
      ...(journal === undefined ? {} : { makeRoom: () => journal.makeRoom() }),
      ...(this.#checkpoint === undefined ? {} : { droppedTo: this.#checkpoint.sequence }),
      visit: (frame, segment) => this.#take(decodeAct(frame.body), frame.first, segment),
    });
    // What is too old can go later too, when a full disk refuses the checkpoint now.
    await this.retain().catch((error: unknown) =>
      log.warn('The quarantine could not drop what is too old; it is tried again.', {
        reason: String(error),
      }),
    );
  }

  #take(act: Act, first: number, segment: Segment): void {
    let counts = this.#ofSegment.get(segment);
    if (counts === undefined) {
      counts = noCounts();
      this.#ofSegment.set(segment, counts);
    }
    // Forgetting a tenant reaches back into what was counted before.
    const before = [...this.#ofSegment.values(), this.#checkpoint?.tally ?? {}];
    const all = 'forgotten' in act ? before : [counts];
    this.#index.take(act, first, [this.#index.counts, ...all]);
  }

  async #append(act: Act, records: readonly Buffer[]): Promise<number> {
    const size = records.reduce((sum, { length }) => sum + length, 1024);
    const { first } = await this.#frames.append({
      count: records.length,
      bytes: size,
      encode: () => encodeAct(act, records),
      durable: (frame, segment) => this.#take(act, frame.first, segment),
    });
    return first;
  }

  async keep(entries: readonly (RejectedRecord & { readonly bytes: Buffer })[]): Promise<readonly string[]> {
    if (entries.length === 0) return [];
    const kept: (RejectedRecord & { size: number })[] = [];
    const counted: RejectedRecord[] = [];
    const records: Buffer[] = [];
    const places: (number | undefined)[] = [];
    for (const entry of entries) {
      if (places.length % lookedAtOnce === lookedAtOnce - 1) await nextTurn();
      if (!this.#index.hasRoom(entry, entry.bytes.length, records.length)) {
        counted.push(entry);
        places.push(undefined);
        continue;
      }
      const { bytes, ...record } = entry;
      kept.push({ ...record, size: bytes.length });
      places.push(records.push(bytes) - 1);
    }
    const first = await this.#append({ kept, counted: together(counted) }, records);
    return places.map((place, index) =>
      place === undefined ? '' : this.#idOf((entries[index] as RejectedRecord).tenant, first + place),
    );
  }

  summary(tenant: string): readonly QuarantineReason[] {
    return Object.entries(this.#index.counts[tenant] ?? {})
      .map(([reason, counts]) => ({ reason, ...counts, kept: this.#index.keptOf(tenant, reason) }))
      .sort((a, b) => b.count - a.count);
  }

  async list(
    tenant: string,
    { reason, limit, cursor }: { readonly reason?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<{ entries: QuarantineEntry[]; next: string | null }> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : this.#positionOf(tenant, cursor);
    const found = this.#index
      .kept(tenant)
      .filter((record) => record.position < before && (reason === undefined || record.reason === reason));
    const page = found.slice(Math.max(0, found.length - limit)).reverse();
    const entries: QuarantineEntry[] = [];
    const read = this.#reader();
    for (const { position } of page) {
      const entry = await read(tenant, position);
      if (entry !== undefined) entries.push(entry.entry);
    }
    const last = page.at(-1);
    const next = found.length > limit && last !== undefined ? this.#idOf(tenant, last.position) : null;
    return { entries, next };
  }

  /** Reads entries; neighbours in the log share what was read and parsed for the first. */
  #reader() {
    let body: Buffer = Buffer.alloc(0);
    let kept: KeptRecords = [];
    /** Where each of them begins among their bytes. */
    let starts = new Float64Array(0);
    let [first, end] = [0, 0];
    return async (tenant: string, position: number) => {
      const place = this.#index.find(tenant, position);
      if (place === undefined) return undefined;
      if (position < first || position >= end) {
        for await (const { frame } of this.#frames.read(position)) {
          [body, first, end] = [frame.body, frame.first, frame.first + frame.count];
          const act = decodeAct(body);
          kept = 'kept' in act ? act.kept : [];
          starts = startsOf(kept);
          break;
        }
        // What should be there has become damaged.
        if (position < first || position >= end) return undefined;
      }
      const record = kept[position - first];
      if (record === undefined) return undefined;
      const from = starts[position - first] as number;
      const { replayed } = place;
      const entry: QuarantineEntry = {
        id: this.#idOf(tenant, position),
        ...record,
        ...(replayed === undefined ? {} : { replayed }),
      };
      return { entry, body, from };
    };
  }

  async get(tenant: string, id: string): Promise<(QuarantineEntry & { bytes: Buffer }) | undefined> {
    const found = await this.#reader()(tenant, this.#positionOf(tenant, id));
    if (found === undefined) return undefined;
    const { entry, body, from } = found;
    const bytes = await decodeRecords(body);
    return { ...entry, bytes: bytes.subarray(from, from + entry.size) };
  }

  ids(tenant: string, reason: string): readonly string[] {
    return this.#index
      .kept(tenant)
      .filter((record) => record.reason === reason && record.replayed === undefined)
      .map(({ position }) => this.#idOf(tenant, position));
  }

  async replayed(tenant: string, id: string, outcome: string): Promise<void> {
    const record = this.#index.find(tenant, this.#positionOf(tenant, id));
    if (record === undefined || record.replayed !== undefined) return;
    const { position, reason, received } = record;
    await this.#append({ replayed: position, tenant, reason, received, outcome }, []);
  }

  async forget(tenant: string): Promise<void> {
    await this.#append({ forgotten: tenant }, []);
  }

  async retain(): Promise<{ segments: number }> {
    const frames = this.#frames;
    const oldest = this.#index.expire(this.#options.clock(), frames.end);
    const going = frames.segments.slice(0, frames.droppable);
    while (going.length > 0 && (going.at(-1) as Segment).end > oldest) going.pop();
    const last = going.at(-1);
    if (last === undefined) return { segments: 0 };
    const tally = noCounts();
    addAll(tally, this.#checkpoint?.tally ?? {});
    for (const segment of going) addAll(tally, this.#ofSegment.get(segment) ?? {});
    this.#checkpoint = { sequence: last.endSequence, written: last.written, tally };
    await writeCheckpoint(this.#options.folder, this.#files, this.#checkpoint);
    await frames.drop(going.length);
    for (const segment of going) this.#ofSegment.delete(segment);
    return { segments: going.length };
  }

  durable(): readonly DurableSegment[] {
    return this.#frames.durable();
  }

  close(): Promise<void> {
    return this.#frames.close();
  }
}

type KeptRecords = Extract<Act, { kept: unknown }>['kept'];

function startsOf(kept: KeptRecords): Float64Array<ArrayBuffer> {
  const starts = new Float64Array(kept.length);
  for (let index = 1; index < kept.length; index += 1)
    starts[index] = (starts[index - 1] as number) + (kept[index - 1]?.size ?? 0);
  return starts;
}

function addAll(counts: ReasonCounts, more: ReasonCounts): void {
  for (const [tenant, reasons] of Object.entries(more))
    for (const [reason, count] of Object.entries(reasons)) addCount(counts, tenant, reason, count);
}

/** Opens the quarantine in `folder`/quarantine, making it when it is missing. */
export async function openQuarantine(options: QuarantineOptions): Promise<Quarantine> {
  const quarantine = new LoggedQuarantine({ ...options, folder: join(options.folder, 'quarantine') });
  await quarantine.open();
  return quarantine;
}
