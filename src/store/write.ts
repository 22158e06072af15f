/**
 * The store writer: a consumer of the journal that puts each row into the store exactly once, whatever dies meanwhile.
 *
 * It notes the range durably before the first insert; each insert is one partition of that range and becomes one part;
 * after every outcome but success the store is asked which rows are there, and only the others are sent. Tokens for
 * deduplication are not used: they lose rows when the engine is killed at the wrong moment.
 *
 * A row that the engine cannot read, or that kills it, is found by halving and refused; the others are stored.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes } from '../core/in-lanes.ts';
import { type JournalBatch, usualRetention } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import {
  type Consumer,
  type Delivery,
  type DeliveryContext,
  delivered,
  type Refusal,
} from '../delivery/consumer.ts';
import type { Absences, AbsentRow } from './absences.ts';
import type { StoreClient } from './engine/client.ts';
import { engineReason } from './engine-reason.ts';
import { absentRows, awaitEnd, insertPiece } from './insert.ts';
import { lateDuplicates } from './late.ts';
import { cutPieces, type Piece, positionOf, type RowPlace } from './rows.ts';

export interface WriterOptions {
  readonly client: StoreClient;
  /** Every id received after this time (microseconds) was recognised before the journal; 0: every id ever. */
  readonly forgottenTo: () => number;
  /** A name for each insert, unlike all others. */
  readonly newId: () => string;
  /** Where rows that are not stored are noted, and where it is known which were removed. */
  readonly absences: Pick<Absences, 'count' | 'isRemoved'>;
  readonly log: Log;
}

export interface Writer extends Consumer {
  /** Events found to be in the store already, since this process started: counted as delivered, and stored once. */
  readonly lateDuplicates: number;
}

/** An insert is at most this large, so that the engine's memory stays bounded; larger bites become several. */
const pieceLimits = { rows: 20_000, bytes: 32 * 1024 * 1024 };
/** Inserts of different partitions at once. */
const lanes = 3;
/** An event is received after it happened, by clocks that differ by this much at most (microseconds). */
const clockMargin = 3600e6;
/** Losses of the engine, and errors of unknown meaning, after which the rows themselves are suspected. */
const suspectAfter = { losses: 2, failures: 5 };

/**
 * Codes of the engine that speak of its own state: memory, disk, parts, time, load, missing tables, shutting down.
 * They are waited out for ever. Source: ClickHouse, src/Common/ErrorCodes.cpp.
 */
const stateCodes = new Set(
  [
    60, 74, 75, 76, 81, 158, 159, 160, 164, 173, 198, 202, 203, 209, 210, 236, 241, 242, 243, 252, 319, 394,
    401, 425, 439, 473, 497, 516, 999,
  ].map(String),
);

/** Why a delivery is tried again later. */
class NotNow extends Error {}

export function createWriter(options: WriterOptions): Writer {
  const { client, forgottenTo, newId, absences, log } = options;
  let late = 0;

  /** Stores the piece but for the rows that are refused. Throws NotNow. */
  const store = async (piece: Piece, doubtful: boolean, signal: AbortSignal): Promise<Refusal[]> => {
    let rows = doubtful ? await absentRows(client, piece) : piece.rows;
    let losses = 0;
    let failures = 0;
    while (rows.length > 0) {
      if (signal.aborted) throw new NotNow('The server stops.');
      const id = newId();
      const outcome = await insertPiece(client, rows, id);
      if (outcome.kind === 'stored') return [];
      log.warn('An insert did not succeed; the store is asked what it has.', {
        rows: rows.length,
        reason: outcome.reason,
      });
      await answering(signal);
      await awaitEnd(client, id, () => sleep(outcome.kind === 'lost' ? 200 : 10));
      rows = await absentRows(client, { day: piece.day, rows });
      if (outcome.kind === 'lost') losses += 1;
      if (outcome.kind === 'failed') {
        if (stateCodes.has(outcome.code)) throw new NotNow(outcome.reason);
        failures += 1;
      }
      const suspected =
        outcome.kind === 'refused' || losses >= suspectAfter.losses || failures >= suspectAfter.failures;
      if (suspected) return halve({ day: piece.day, rows }, outcome.reason, signal);
    }
    return [];
  };

  const halve = async ({ day, rows }: Piece, reason: string, signal: AbortSignal): Promise<Refusal[]> => {
    if (rows.length === 0) return [];
    if (rows.length === 1) return [{ position: positionOf(rows[0] as RowPlace), reason }];
    const middle = rows.length >> 1;
    const left = await store({ day, rows: rows.slice(0, middle) }, false, signal);
    const right = await store({ day, rows: rows.slice(middle) }, false, signal);
    return [...left, ...right];
  };

  /** Waits for an engine that is being started again. */
  const answering = async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; attempt < 100 && !signal.aborted; attempt++) {
      if ((await client.ping({ select: true })).success) return;
      await sleep(100);
    }
    throw new NotNow('The engine does not answer.');
  };

  /** The rows that the store has had for long under an earlier position. */
  const lateOf = async (piece: Piece): Promise<ReadonlySet<RowPlace>> => {
    const forgotten = forgottenTo();
    return forgotten === 0 ? new Set() : lateDuplicates(client, piece, forgotten + clockMargin);
  };

  const absentRow = (row: RowPlace, day: number): AbsentRow => ({
    position: positionOf(row),
    tenant: row.batch.tenant,
    retention: row.batch.retention?.[row.index] ?? usualRetention,
    day,
  });

  const write = async (
    batches: readonly JournalBatch[],
    context: DeliveryContext,
  ): Promise<readonly Refusal[]> => {
    const first = (batches[0] as JournalBatch).first;
    const last = batches.at(-1) as JournalBatch;
    const end = last.first + last.count;
    const doubtful = first < (context.begun?.end ?? 0);
    await context.begin({ first, end });
    const refusals: Refusal[] = [];
    const absent: AbsentRow[] = [];
    await inLanes(await cutPieces(batches, pieceLimits), lanes, async ({ day, rows }) => {
      // What is written again must not bring back what was removed.
      const wanted = doubtful ? rows.filter((row) => !absences.isRemoved(absentRow(row, day))) : rows;
      const found = await lateOf({ day, rows: wanted });
      late += found.size;
      const fresh = found.size === 0 ? wanted : wanted.filter((row) => !found.has(row));
      const refused = await store({ day, rows: fresh }, doubtful, context.signal);
      refusals.push(...refused);
      for (const row of found) absent.push(absentRow(row, day));
      const positions = new Set(refused.map(({ position }) => position));
      for (const row of positions.size === 0 ? [] : fresh)
        if (positions.has(positionOf(row))) absent.push(absentRow(row, day));
    });
    await absences.count(absent, end);
    return refusals.sort((a, b) => a.position - b.position);
  };

  return {
    name: 'store',
    scope: { allTenants: true },
    get lateDuplicates() {
      return late;
    },
    async deliver(batches, context): Promise<Delivery> {
      const before = late;
      try {
        const refusals = await write(batches, context);
        return refusals.length === 0 ? delivered : { kind: 'rejected', refusals };
      } catch (error) {
        // What was counted is found and counted again.
        late = before;
        return { kind: 'retry', reason: error instanceof NotNow ? error.message : engineReason(error) };
      }
    },
  };
}
