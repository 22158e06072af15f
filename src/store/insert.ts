/**
 * One insert of one piece, and what is known afterwards. An error does not mean that nothing was written, so the only
 * outcome that is believed is success; after every other one the store is asked which rows are there.
 */
import { Readable } from 'node:stream';
import { ClickHouseError } from '@clickhouse/client';
import type { StoreClient } from './engine/client.ts';
import { literal } from './engine/statement.ts';
import { engineReason } from './engine-reason.ts';
import { bodyOf, dateText, type Piece, positionOf, type RowPlace } from './rows.ts';
import { eventsTable, rowColumns, rowStructure } from './schema.ts';

export type InsertOutcome =
  | { readonly kind: 'stored' }
  /** The engine cannot read one of the rows. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The engine answered with an error that need not be the rows' fault. */
  | { readonly kind: 'failed'; readonly reason: string; readonly code: string }
  /** No answer: the engine died, or the connection to it. */
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * The rows are read as plain text and made words of a dictionary column by column. Read straight into columns of low
 * cardinality each single value is looked up on its way in, which costs more than all the rest of an insert.
 */
const statement = `INSERT INTO ${eventsTable} (${rowColumns.join(', ')})
  SELECT * FROM input(${literal(rowStructure)}) FORMAT TabSeparated`;

/** So that one insert becomes one part of one partition, which is there or not. */
const settings = {
  async_insert: 0,
  insert_deduplicate: 0,
  input_format_parallel_parsing: 0,
  max_threads: 1,
  max_insert_block_size: '10000000',
  min_insert_block_size_rows: '10000000',
  min_insert_block_size_bytes: '1000000000',
  max_partitions_per_insert_block: '1',
} as const;

/**
 * Codes of the engine that speak of what it was given: malformed text, numbers, dates, arrays, and values out of
 * range. Source: ClickHouse, src/Common/ErrorCodes.cpp.
 */
const dataCodes = new Set(
  [6, 25, 26, 27, 32, 33, 34, 38, 41, 53, 69, 70, 72, 117, 130, 131, 190, 321, 349, 467, 469].map(String),
);

/** `id` names the insert, so that it can be found while it runs. Never rejects. */
export async function insertPiece(
  client: StoreClient,
  rows: readonly RowPlace[],
  id: string,
): Promise<InsertOutcome> {
  try {
    const answer = await client.exec({
      query: statement,
      values: Readable.from(bodyOf(rows)),
      query_id: id,
      clickhouse_settings: settings,
    });
    await answer.stream.resume().toArray();
    return { kind: 'stored' };
  } catch (error) {
    const reason = engineReason(error);
    if (!(error instanceof ClickHouseError)) return { kind: 'lost', reason };
    return dataCodes.has(error.code)
      ? { kind: 'refused', reason }
      : { kind: 'failed', reason, code: error.code };
  }
}

/**
 * Resolves when the insert `id` surely runs no longer, so that what is not there will not come. Rejects when the
 * engine cannot be asked.
 */
export async function awaitEnd(client: StoreClient, id: string, pause: () => Promise<void>): Promise<void> {
  const mine = `(query_id = {id:String} OR startsWith(Settings['log_comment'], {id:String}))`;
  const query_params = { id };
  await client.command({ query: `KILL QUERY WHERE ${mine} ASYNC`, query_params });
  for (let quiet = 0; quiet < 2; ) {
    // Twice, because a statement is in the list only a moment after it was accepted.
    await pause();
    const running = await client.query({
      query: `SELECT count() AS n FROM system.processes WHERE ${mine} AND query LIKE 'INSERT%'`,
      query_params,
      format: 'JSONEachRow',
    });
    const [row] = await running.json<{ n: number }>();
    quiet = row?.n === 0 ? quiet + 1 : 0;
  }
}

/** The rows of a piece that are not in the store. Rejects when the engine cannot be asked. */
export async function absentRows(client: StoreClient, { day, rows }: Piece): Promise<RowPlace[]> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return [];
  const answer = await client.query({
    query: `SELECT position FROM ${eventsTable}
      WHERE position BETWEEN {first:UInt64} AND {last:UInt64} AND toDate(time) = {day:Date}`,
    query_params: { first: positionOf(first), last: positionOf(last), day: dateText(day) },
    format: 'JSONCompactEachRow',
  });
  const present = new Set((await answer.json<[number]>()).map(([position]) => position));
  return rows.filter((row) => !present.has(positionOf(row)));
}
