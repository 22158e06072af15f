/**
 * Duplicates beyond the window of the duplicate index: an event older than everything the index knows is asked for in
 * the store before it is stored, so that a history imported twice is stored once.
 */
import { decodeRow } from '../core/row.ts';
import type { StoreClient } from './engine/client.ts';
import { literal } from './engine/statement.ts';
import { dateText, type Piece, positionOf, type RowPlace, textOf, timeOf } from './rows.ts';
import { eventsTable, rowColumns } from './schema.ts';

interface Identity {
  readonly tenant: string;
  readonly vocabulary: string;
  readonly type: string;
  readonly id: string;
}

const keyOf = (identity: Identity): string =>
  `${identity.tenant}\0${identity.vocabulary}\0${identity.type}\0${identity.id}`;

const names = ['id', 'tenant', 'vocabulary', 'type'] as const;
const [id, tenant, vocabulary, type] = names.map((name) => rowColumns.indexOf(name)) as [
  number,
  number,
  number,
  number,
];
const cellsToRead = Math.max(id, tenant, vocabulary, type) + 1;

function identityOf(row: RowPlace): Identity {
  const text = textOf(row);
  const cells = text.split('\t', cellsToRead);
  const [i, t, v, y] = [cells[id], cells[tenant], cells[vocabulary], cells[type]] as [
    string,
    string,
    string,
    string,
  ];
  return `${i}${t}${v}${y}`.includes('\\') ? decodeRow(text) : { id: i, tenant: t, vocabulary: v, type: y };
}

/**
 * Of the rows older than `before` (microseconds) those whose identity is in the store at an earlier position. Rejects
 * when the engine cannot be asked.
 */
export async function lateDuplicates(
  client: StoreClient,
  { day, rows }: Piece,
  before: number,
): Promise<ReadonlySet<RowPlace>> {
  const old = rows.filter((row) => timeOf(row) < before);
  if (old.length === 0) return new Set();
  const identities = old.map(identityOf);
  const times = old.map(timeOf);
  // Literals, because a list of twenty thousand parameters does not fit into a URL.
  const answer = await client.query({
    query: `SELECT tenant, vocabulary, type, id, min(position) AS position FROM ${eventsTable}
      WHERE tenant IN (${list(identities.map((identity) => identity.tenant))})
        AND toDate(time) = toDate('${dateText(day)}')
        AND time >= fromUnixTimestamp64Micro(${Math.min(...minMax(times))}, 'UTC')
        AND time <= fromUnixTimestamp64Micro(${Math.max(...minMax(times))}, 'UTC')
        AND id IN (${list(identities.map((identity) => identity.id))})
      GROUP BY tenant, vocabulary, type, id`,
    format: 'JSONEachRow',
    clickhouse_settings: { max_query_size: '200000000' },
  });
  const stored = new Map<string, number>();
  for (const row of await answer.json<Identity & { position: number }>())
    stored.set(keyOf(row), row.position);
  return new Set(
    old.filter((row, index) => {
      const position = stored.get(keyOf(identities[index] as Identity));
      return position !== undefined && position < positionOf(row);
    }),
  );
}

const list = (values: readonly string[]): string => [...new Set(values)].map(literal).join(', ');

function minMax(values: readonly number[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}
