/** Removes every stored event of a tenant: the tenant is gone, or was the sample. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreClient } from './engine/client.ts';

export interface ForgetParts {
  readonly client: StoreClient;
  /** Position up to which the store has everything, and the one after the last journalled event. */
  readonly storedTo: () => number;
  readonly journalEnd: () => number;
}

/**
 * Waits until what is journalled now is stored, removes the tenant's rows and resolves with their number. Nothing may
 * be taken in for the tenant meanwhile.
 */
export async function forgetTenant(
  { client, storedTo, journalEnd }: ForgetParts,
  tenant: string,
): Promise<number> {
  const end = journalEnd();
  while (storedTo() < end) await sleep(50);
  const query_params = { tenant };
  const answer = await client.query({
    query: 'SELECT count() AS count FROM events WHERE tenant = {tenant:String}',
    query_params,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ count: number | string }>();
  const count = Number(row?.count ?? 0);
  if (count > 0) {
    await client.command({
      query: 'ALTER TABLE events DELETE WHERE tenant = {tenant:String}',
      query_params,
      clickhouse_settings: { mutations_sync: '2' },
    });
  }
  return count;
}
