/**
 * Parts that the engine set aside when it started, because a file of them was torn: their rows are gone from every
 * answer without an error. What the journal still has of them is written again.
 *
 * Which rows a broken part held cannot be read from it, so all that the journal has is put in doubt: the writer asks
 * for it bite by bite and sends what is absent.
 */
import type { Journal } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import type { DeliveryCursor } from '../delivery/consumer.ts';
import type { StoreClient } from './engine/client.ts';
import { database } from './schema.ts';

export interface DetachedOutcome {
  /** Names of the parts seen for the first time. */
  readonly parts: readonly string[];
  /** Whether the journal reaches back to the first event, so that nothing can be missing afterwards. */
  readonly complete: boolean;
}

/**
 * To be called before the writer starts: sets its cursor back. A part that was seen before is not acted on again, but
 * stays on the disk, as a person may still save something from it. Rejects when the store or the disk fails.
 */
export async function rewriteDetached(
  client: StoreClient,
  journal: Journal,
  cursor: DeliveryCursor,
  log: Log,
): Promise<DetachedOutcome> {
  const where = `database = '${database}' AND table = 'events' AND reason != ''`;
  const answer = await client.query({
    query: `SELECT name, reason FROM system.detached_parts WHERE ${where}
      AND name NOT IN (SELECT name FROM ${database}.detached) ORDER BY name`,
    format: 'JSONEachRow',
  });
  const found = await answer.json<{ name: string; reason: string }>();
  const parts = found.map(({ name }) => name);
  const complete = journal.oldest === 0;
  if (parts.length === 0) return { parts, complete };

  const range = { first: journal.oldest, end: cursor.position };
  log.error(
    complete
      ? 'The store has damaged parts; their rows are written again from the journal.'
      : 'The store has damaged parts; rows that have left the journal are lost, the others are written again.',
    { parts: parts.length, reason: found[0]?.reason, from: range.first, to: range.end },
  );
  if (range.first < range.end) await cursor.save(range.first, range);
  // After the cursor: a crash between the two does it once more, which changes nothing.
  await client.insert({
    table: `${database}.detached`,
    values: parts.map((name) => ({ name })),
    format: 'JSONEachRow',
  });
  return { parts, complete };
}
