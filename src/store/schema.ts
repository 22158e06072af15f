/**
 * The tables of the store, generated from the columns of the event. `schema.gen.sql` is what this file makes, committed
 * so that a change of the store is seen in a review.
 *
 * At start the store is compared with what this version would make: missing columns are added, our settings are set,
 * everything else is refused with the reason, because it needs a migration with its test.
 */
import { type Column, columns } from '../core/event.ts';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { placeColumns } from '../core/row.ts';
import { openStoreClient, type StoreAddress, type StoreClient } from './engine/client.ts';
import { projections } from './rollup.ts';

export const database = 'gatescope';
export const eventsTable = `${database}.events`;
/** Raised by a change that an older program could not work with. */
export const storeVersion = 1;

/** The columns of a row as the journal holds it and the writer sends it, in order. */
export const rowColumns: readonly string[] = [...placeColumns, ...columns.map((column) => column.name)];

const placeTypes: Readonly<Record<(typeof placeColumns)[number], string>> = {
  position: 'UInt64 CODEC(Delta, ZSTD(1))',
  batch: 'UInt64 CODEC(Delta, ZSTD(1))',
};

// Neighbours in the order of the table share most of their text: a higher level costs a fifth of the insert and saves
// nothing, for `raw` too.
const codecs: Readonly<Record<string, string>> = {
  time: 'Delta, ZSTD(1)',
  received: 'Delta, ZSTD(1)',
};

const plain = (type: string): string => type.replaceAll('LowCardinality(String)', 'String');

/** The names and types of a row's columns as they are read, before they become those of the table. */
export const rowStructure: string = [
  ...placeColumns.map((name) => `${name} UInt64`),
  ...columns.map(({ name, column }) => `${name} ${plain(column)}`),
].join(', ');

const columnLine = (column: Column): string =>
  `${column.name} ${column.column} CODEC(${codecs[column.name] ?? 'ZSTD(1)'})`;

const columnLines: readonly string[] = [
  ...placeColumns.map((name) => `${name} ${placeTypes[name]}`),
  ...columns.map(columnLine),
];

const indexLines: readonly string[] = [
  'INDEX byPosition position TYPE minmax GRANULARITY 1',
  'INDEX byId id TYPE bloom_filter(0.01) GRANULARITY 1',
  'INDEX byRequestId requestId TYPE bloom_filter(0.01) GRANULARITY 1',
  'INDEX byTraceId traceId TYPE bloom_filter(0.01) GRANULARITY 1',
];

// What is answered to be stored is on disk, merged parts too. Source: ClickHouse documentation, MergeTree settings.
const tableSettings = [
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
  'min_compressed_bytes_to_fsync_after_merge = 1',
  // Parts that were merged are kept in case what they became was not on disk yet. It is.
  'old_parts_lifetime = 30',
  // A part as an insert makes it has more files than rows are worth: one file for all columns until it has grown. And
  // merging column by column takes half of what merging row by row does, however few rows there are.
  'min_bytes_for_wide_part = 134217728',
  'vertical_merge_algorithm_min_rows_to_activate = 1',
  // Parts are merged a dozen at a time rather than five: each row is written again half as often, at twice the parts.
  'merge_selector_base = 12',
];

const eventsDdl = (table: string): string =>
  [
    `CREATE TABLE IF NOT EXISTS ${table} (`,
    [...columnLines, ...indexLines, ...projections].map((line) => `  ${line}`).join(',\n'),
    ') ENGINE = MergeTree',
    'PARTITION BY (retention, toDate(time))',
    'ORDER BY (tenant, toStartOfHour(time), service, time, position)',
    `SETTINGS ${tableSettings.join(', ')}`,
  ].join('\n');

/** The statements that make an empty store, in order. */
export const statements: readonly string[] = [
  `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`,
  `CREATE TABLE IF NOT EXISTS ${database}.version (\n  version UInt32,\n  since DateTime DEFAULT now()\n) ENGINE = MergeTree\nORDER BY version`,
  eventsDdl(eventsTable),
];

/** The text of `schema.gen.sql`. */
export const schemaText = (): string =>
  `-- Generated from src/core/event.ts by src/store/schema.ts; not to be edited.\n\n${statements.map((statement) => `${statement};\n`).join('\n')}`;

/**
 * Makes or completes the store at `address` (its database may be missing). Refused: nothing of it was changed.
 * Rejects when the store cannot be asked.
 */
export async function prepareSchema(
  address: StoreAddress,
): Promise<Result<{ readonly added: readonly string[] }>> {
  const client = openStoreClient({ ...address, database: 'default' });
  try {
    return await prepare(client);
  } finally {
    await client.close();
  }
}

async function prepare(client: StoreClient): Promise<Result<{ readonly added: readonly string[] }>> {
  const [createDatabase, createVersion, ...createTables] = statements as [string, string, ...string[]];
  await client.command({ query: createDatabase });
  await client.command({ query: createVersion });
  const version = await currentVersion(client);
  if (version > storeVersion) {
    return refusal(
      `it has version ${version} and this program knows ${storeVersion}: start the newer program again`,
    );
  }
  for (const query of createTables) await client.command({ query });
  const completed = await complete(client);
  if (!completed.ok) return completed;
  await client.command({ query: `ALTER TABLE ${eventsTable} MODIFY SETTING ${tableSettings.join(', ')}` });
  if (version < storeVersion) {
    await client.command({ query: `INSERT INTO ${database}.version (version) VALUES (${storeVersion})` });
  }
  return completed;
}

const refusal = (reason: string): Result<never, Problem> => fail({ path: 'store', reason });

async function currentVersion(client: StoreClient): Promise<number> {
  const [row] = await ask<{ version: number }>(
    client,
    `SELECT max(version) AS version FROM ${database}.version`,
  );
  return row?.version ?? 0;
}

/** The parts of a table by name, each as text that tells two versions apart. */
type Shape = ReadonlyMap<string, string>;

/**
 * The engine itself says how it understands our statement: a table made from it stands beside the real one for the
 * time of the comparison, so that both are described in the same words.
 */
async function complete(client: StoreClient): Promise<Result<{ readonly added: readonly string[] }>> {
  const model = `${database}.events_wanted`;
  await client.command({ query: `DROP TABLE IF EXISTS ${model} SYNC` });
  await client.command({ query: eventsDdl(model) });
  const wanted = await shapeOf(client, 'events_wanted');
  const found = await shapeOf(client, 'events');
  await client.command({ query: `DROP TABLE ${model} SYNC` });

  const added: string[] = [];
  for (const [name, text] of wanted) {
    const present = found.get(name);
    if (present === undefined && name.startsWith('column ')) added.push(name.slice('column '.length));
    else if (present === undefined) return refusal(`it has no ${name}; wanted is ${text}`);
    else if (present !== text) return refusal(`its ${name} is ${present}, wanted is ${text}`);
  }
  for (const name of found.keys()) {
    if (!wanted.has(name)) return refusal(`its ${name} is not known to this program`);
  }
  for (const name of added) {
    const index = rowColumns.indexOf(name);
    const after = index > 0 ? `AFTER ${rowColumns[index - 1]}` : 'FIRST';
    await client.command({
      query: `ALTER TABLE ${eventsTable} ADD COLUMN IF NOT EXISTS ${columnLines[index]} ${after}`,
    });
  }
  return ok({ added });
}

async function shapeOf(client: StoreClient, table: string): Promise<Shape> {
  const where = `database = '${database}' AND table = '${table}'`;
  const rows = await ask<{ name: string; text: string }>(
    client,
    `SELECT 'column ' || name AS name, type AS text FROM system.columns WHERE ${where}
     UNION ALL SELECT 'index ' || name, type_full || ' of ' || expr FROM system.data_skipping_indices WHERE ${where}
     UNION ALL SELECT 'projection ' || name, query FROM system.projections WHERE ${where}
     UNION ALL SELECT 'partition key', partition_key FROM system.tables WHERE database = '${database}' AND name = '${table}'
     UNION ALL SELECT 'order', sorting_key FROM system.tables WHERE database = '${database}' AND name = '${table}'`,
  );
  return new Map(rows.map((row) => [row.name, row.text]));
}

async function ask<T>(client: StoreClient, query: string): Promise<T[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<T>();
}
