/**
 * Removing rows from the store on purpose: noted before it is done, so that a row that is gone is not taken for one that
 * vanished and written again, and finished at the next start when the process ends in between.
 */
import type { OpenJournal } from '../journal/journal.ts';
import { type Absences, blockLength, type Removal } from './absences.ts';
import type { StoreClient } from './engine/client.ts';
import { literal } from './engine/statement.ts';
import { dateText } from './rows.ts';
import { eventsTable } from './schema.ts';

export interface RemoveParts {
  readonly client: StoreClient;
  readonly journal: Pick<OpenJournal, 'oldest' | 'rowsBefore'>;
  readonly absences: Absences;
}

const conditionOf = (removal: Removal): string => {
  const rows =
    'tenant' in removal
      ? `tenant = ${literal(removal.tenant)}`
      : `retention = ${literal(removal.retention)} AND toDate(time) = toDate('${dateText(removal.day)}')`;
  return `${rows} AND position < ${removal.before}`;
};

/** Notes that rows are about to be removed. All of them must have been delivered to the store. */
export async function noteRemoval(
  { client, journal, absences }: RemoveParts,
  removal: Removal,
): Promise<void> {
  const answer = await client.query({
    query: `SELECT intDiv(position, ${blockLength}) AS block, count() AS rows FROM ${eventsTable}
      WHERE ${conditionOf(removal)} AND position >= ${journal.oldest} GROUP BY block`,
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ block: number; rows: number }>();
  const held = new Map(rows.map((row) => [Number(row.block), Number(row.rows)]));
  await absences.remove(removal, await journal.rowsBefore(removal.before), held);
}

/** Removes the rows and notes that it is done; may be repeated. Resolves when they are gone. */
export async function finishRemoval(
  client: StoreClient,
  absences: Pick<Absences, 'removed'>,
  removal: Removal,
): Promise<void> {
  await client.command({
    query: `ALTER TABLE ${eventsTable} DELETE WHERE ${conditionOf(removal)}`,
    clickhouse_settings: { mutations_sync: '2' },
  });
  await absences.removed(removal);
}
