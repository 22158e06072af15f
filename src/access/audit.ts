/**
 * Our own audit trail on its way to the journal: a change and its record commit in one transaction, an outbox hands
 * the records on. The names of a record are those of the event's columns.
 */
import type { Transaction } from 'kysely';
import type { Clock } from '../core/ports.ts';
import type { ControlData } from './control.ts';
import type { ControlTables } from './migrations.ts';

/** Who did it. */
export interface Actor {
  readonly kind: 'token' | 'session' | 'cli' | 'system' | 'anonymous';
  readonly id: string;
  readonly name: string;
  readonly clientIp?: string;
}

export interface AuditFacts {
  /** Such as `token.created`. */
  readonly action: string;
  readonly outcome: 'success' | 'denied' | 'failure';
  readonly actor: Actor;
  readonly entityType: 'token' | 'user' | 'tenant' | 'session' | 'retention' | 'backup' | 'store';
  readonly entityId: string;
  readonly message: string;
}

export type RecordAudit = (
  transaction: Transaction<ControlTables>,
  tenant: string,
  facts: AuditFacts,
) => Promise<void>;

const isoTime = (micros: number): string =>
  `${new Date(Math.floor(micros / 1e3)).toISOString().slice(0, -1)}${String(micros % 1e3).padStart(3, '0')}Z`;

/** Writes audit records into the outbox, within the transaction of the change they tell of. */
export const createRecordAudit =
  (ports: { readonly clock: Clock; readonly newId: () => string }): RecordAudit =>
  async (transaction, tenant, { actor, ...facts }) => {
    const record = {
      id: ports.newId(),
      time: isoTime(ports.clock()),
      type: 'AuditRecord',
      ...facts,
      user: actor.name,
      identityType: actor.kind,
      consumerId: actor.id,
      ...(actor.clientIp === undefined ? {} : { clientIp: actor.clientIp }),
    };
    await transaction
      .insertInto('outbox')
      .values({ tenant, record: JSON.stringify(record) })
      .execute();
  };

export interface OutboxEntry {
  readonly tenant: string;
  /** One JSON object with an `id` of its own. */
  readonly record: string;
}

/**
 * Hands the oldest records, at most `limit`, to `deliver` and removes them once it has resolved. A crash in between
 * delivers them again; their ids make that a duplicate. Resolves with how many were delivered. One call at a time.
 */
export async function drainOutbox(
  control: ControlData,
  deliver: (entries: readonly OutboxEntry[]) => Promise<void>,
  limit = 500,
): Promise<number> {
  const rows = await control.selectFrom('outbox').selectAll().orderBy('id').limit(limit).execute();
  const last = rows.at(-1);
  if (last === undefined) return 0;
  await deliver(rows.map(({ tenant, record }) => ({ tenant, record })));
  await control.deleteFrom('outbox').where('id', '<=', last.id).execute();
  return rows.length;
}
