/** Removes every stored event of a tenant: the tenant is gone, or was the sample. */
import { setTimeout as sleep } from 'node:timers/promises';
import { finishRemoval, noteRemoval, type RemoveParts } from './remove.ts';

export interface ForgetParts extends RemoveParts {
  /** Position up to which the store has everything, and the one after the last journalled event. */
  readonly storedTo: () => number;
  readonly journalEnd: () => number;
}

/**
 * Waits until what is journalled now is stored, removes the tenant's rows and resolves with their number. Nothing may
 * be taken in for the tenant meanwhile.
 */
export async function forgetTenant(parts: ForgetParts, tenant: string): Promise<number> {
  const { client, absences, storedTo, journalEnd } = parts;
  const end = journalEnd();
  while (storedTo() < end) await sleep(50);
  const answer = await client.query({
    query: 'SELECT count() AS count FROM events WHERE tenant = {tenant:String}',
    query_params: { tenant },
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ count: number | string }>();
  const count = Number(row?.count ?? 0);
  if (count > 0) {
    const removal = { tenant, before: end, done: false };
    await noteRemoval(parts, removal);
    await finishRemoval(client, absences, removal);
  }
  return count;
}
