/**
 * Store, cursor and journal answer for each other: the store is asked which rows it holds, and nobody is believed
 * without it. What the journal has and the store lacks is written again; what is in neither is lost, and counted.
 *
 *   removals finished ─▶ gaps of the journal ─▶ blocks of positions ─▶ where the writer begins ─▶ sums by group
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Range } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import { type GroupCount, RowCounts } from '../core/row-counts.ts';
import type { DeliveryCursor } from '../delivery/consumer.ts';
import { noteOf } from '../delivery/deliver.ts';
import type { OpenJournal } from '../journal/journal.ts';
import { type Absences, blockLength, blockOf } from './absences.ts';
import type { StoreClient } from './engine/client.ts';
import { finishRemoval } from './remove.ts';
import { database, eventsTable } from './schema.ts';

export interface ReconcileParts {
  readonly client: StoreClient;
  readonly journal: OpenJournal;
  readonly cursor: DeliveryCursor;
  readonly absences: Absences;
  readonly clock: Clock;
  readonly log: Log;
}

/** Position after the last one that the store holds. Rejects when it cannot be asked. */
export async function storedEnd(client: StoreClient): Promise<number> {
  const [row] = await ask<{ end: number }>(
    client,
    `SELECT if(count() = 0, 0, max(position) + 1) AS end FROM ${eventsTable}`,
  );
  return Number(row?.end ?? 0);
}

/**
 * Sets the cursor to where the writer has to begin, and what it has to ask for before it writes. To be called before
 * the writer starts. Rejects when the store or the disk fails, and when positions were given out twice.
 */
export async function reconcile(parts: ReconcileParts): Promise<void> {
  const { client, journal, cursor, absences, log } = parts;
  if (!absences.isKnown) {
    if (journal.end > 0)
      log.error(
        'It is not known which events were removed on purpose: the record of it is gone. Removed days and tenants that the ' +
          'journal still has come back; remove them again.',
        { file: 'cursors/store-absences.json' },
      );
    await absences.begin();
  }
  for (const removal of absences.unfinished) await finishRemoval(client, absences, removal);
  await absences.trim({ first: journal.oldest });
  const held = await storedEnd(client);
  if (held > journal.end)
    throw new Error(
      `The store holds events up to ${held}, the journal has given out positions up to ${journal.end}: the store ` +
        'could not be asked when the journal was opened. Start Gatescope again while the store answers.',
    );
  for (const gap of journal.openGaps) {
    const stored = await countRows(client, `position >= ${gap.first} AND position < ${gap.end}`);
    await journal.settleGap(gap, stored, removedOf(gap, stored, absences));
  }
  const { begun, account } = noteOf(cursor.note);
  const delivered = Math.max(cursor.position, begun?.end ?? 0, held, absences.deliveredTo);
  const end = Math.min(journal.end, delivered);
  const first = await firstLacking(parts, end);
  if (first === undefined) {
    if (end > cursor.position) await cursor.save(end, { account });
    return;
  }
  if (first < cursor.position) {
    log.error('The store lacks events that it had; they are written again from the journal.', {
      from: first,
      to: end,
      detached: await detachedParts(client),
    });
  }
  // All up to the end is asked for before it is written: most of it is there.
  await cursor.save(first, { begun: { first, end }, account });
}

/** The rows of a lost beginning of the journal that are known not to be in the store: removed long ago, or lost then. */
function removedOf({ first, end }: Range, stored: RowCounts, { absent, lost }: Absences): RowCounts {
  const known = RowCounts.of(absent);
  known.addAll(lost);
  return first === 0 && stored.total + known.total <= end - first ? known : new RowCounts();
}

/** A block of positions in which the store lacks rows that the journal has. */
interface LackingBlock {
  readonly block: number;
  /** How many. */
  readonly rows: number;
}

interface Blocks {
  readonly lacking: readonly LackingBlock[];
  readonly gaps: readonly Range[];
  /** The condition for rows that the journal has. */
  readonly where: string;
}

type BlockParts = Pick<ReconcileParts, 'client' | 'journal' | 'absences'>;

/** Compares the numbers of rows before `end`, block by block. */
async function compareBlocks({ client, journal, absences }: BlockParts, end: number): Promise<Blocks> {
  const whole = { first: journal.oldest, end };
  const gaps = journal.gaps.map((gap) => clip(gap, whole)).filter((gap) => gap.end > gap.first);
  const where = [
    `position >= ${whole.first} AND position < ${end}`,
    ...gaps.map((gap) => `NOT (position >= ${gap.first} AND position < ${gap.end})`),
  ].join(' AND ');
  const found = await ask<{ block: number; held: number }>(
    client,
    `SELECT intDiv(position, ${blockLength}) AS block, groupBitmap(position) AS held
     FROM ${eventsTable} WHERE ${where} GROUP BY block`,
  );
  const held = new Map(found.map((row) => [Number(row.block), Number(row.held)]));
  const lacking: LackingBlock[] = [];
  for (let block = blockOf(whole.first); block * blockLength < end; block++) {
    const range = clip(rangeOf(block), whole);
    const there =
      lengthOf(range) - gaps.reduce((sum, gap) => sum + Math.max(0, lengthOf(clip(gap, range))), 0);
    const rows = there - absences.inBlock(block) - (held.get(block) ?? 0);
    if (rows > 0) lacking.push({ block, rows });
  }
  return { lacking, gaps, where };
}

/**
 * The first position before `end` whose row the journal has and the store lacks; undefined when it lacks none. In the
 * block that it lies in it is looked for row by row. Where rows are absent on purpose it may lie a little too early.
 */
export async function firstLacking(parts: BlockParts, end: number): Promise<number | undefined> {
  const { lacking, gaps, where } = await compareBlocks(parts, end);
  const block = lacking[0]?.block;
  if (block === undefined) return undefined;
  const rows = await ask<{ position: number }>(
    parts.client,
    `SELECT DISTINCT position FROM ${eventsTable} WHERE ${where} AND intDiv(position, ${blockLength}) = ${block}`,
  );
  const present = new Set(rows.map(({ position }) => Number(position)));
  let { first } = clip(rangeOf(block), { first: parts.journal.oldest, end });
  while (present.has(first) || gaps.some((gap) => gap.first <= first && first < gap.end)) first += 1;
  return first;
}

const rangeOf = (block: number): Range => ({
  first: block * blockLength,
  end: (block + 1) * blockLength,
});
const lengthOf = ({ first, end }: Range): number => end - first;
const clip = (range: Range, within: Range): Range => ({
  first: Math.max(range.first, within.first),
  end: Math.min(range.end, within.end),
});

export interface Comparison {
  /** When, microseconds since 1970. */
  readonly at: number;
  /** Rows that the store should have and has not. */
  readonly lost: RowCounts;
  /** Rows that it has and should not have. */
  readonly surplus: RowCounts;
}

/**
 * Compares what was journalled and delivered with what the store holds, group by group. What it lacks is noted as
 * lost: to be called when nothing is being written again. Undefined when the writer does not come on. Rejects when the store cannot be asked.
 */
export async function compareSums(parts: ReconcileParts): Promise<Comparison | undefined> {
  const { client, journal, cursor, absences, log } = parts;
  // What is being delivered is counted as absent a moment before the cursor passes it.
  for (let tries = 0; absences.countedTo > cursor.position; tries++) {
    if (tries === 100) return undefined;
    await sleep(50);
  }
  const end = cursor.position;
  const known = [absences.absent, absences.lost, journal.lost].map((rows) => RowCounts.of(rows));
  const expected = await journal.rowsBefore(end);
  const held = await countRows(client, `position < ${end}`);
  for (const rows of known) expected.subtractAll(rows);
  const lost = expected.exceeding(held);
  const surplus = held.exceeding(expected);
  if (lost.total > 0) {
    log.error('Events are lost: neither the store nor the journal has them.', {
      events: lost.total,
      groups: described(lost),
      detached: await detachedParts(client),
    });
    await absences.lose(lost);
  }
  // What was asked of the journal and did not come is not asked of it again.
  await absences.giveUp((await compareBlocks(parts, end)).lacking);
  if (surplus.total > 0)
    log.error('The store has more events than were journalled.', {
      events: surplus.total,
      groups: described(surplus),
    });
  return { at: parts.clock(), lost, surplus };
}

const described = (rows: RowCounts): readonly string[] =>
  [...rows].slice(0, 20).map(({ tenant, day, rows: count }) => `${tenant} ${dayText(day)}: ${count}`);

const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

async function countRows(client: StoreClient, where: string): Promise<RowCounts> {
  const groups = await ask<GroupCount>(
    client,
    `SELECT tenant, retention, toUInt32(toDate(time)) AS day, count() AS rows
     FROM ${eventsTable} WHERE ${where} GROUP BY tenant, retention, day`,
  );
  return RowCounts.of(
    groups.map((group) => ({ ...group, day: Number(group.day), rows: Number(group.rows) })),
  );
}

/** Parts that the engine set aside as a file of them was torn, and why. */
async function detachedParts(client: StoreClient): Promise<readonly string[]> {
  const parts = await ask<{ name: string; reason: string }>(
    client,
    `SELECT name, reason FROM system.detached_parts
     WHERE database = '${database}' AND table = 'events' AND reason != '' ORDER BY name LIMIT 20`,
  );
  return parts.map(({ name, reason }) => `${name}: ${reason}`);
}

async function ask<T>(client: StoreClient, query: string): Promise<T[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<T>();
}
