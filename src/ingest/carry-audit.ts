/** Our own audit records on their way from the outbox into the journal, as any sender's. */
import type { Access } from '../access/access.ts';
import type { Accept } from '../core/ingest.ts';
import type { Clock } from '../core/ports.ts';
import { json } from '../protocols/json.ts';

export interface CarryAuditParts {
  readonly access: Pick<Access, 'drainOutbox'>;
  /** The street that alone speaks our vocabulary. */
  readonly acceptOwn: Accept;
  readonly clock: Clock;
}

/**
 * Takes what the outbox holds; a record leaves it only when it is journalled. Rejects when the journal takes nothing:
 * then all of it is carried again later, and the ids of the records make repetitions duplicates.
 */
export const carryAudit = ({ access, acceptOwn, clock }: CarryAuditParts): Promise<number> =>
  access.drainOutbox(async (entries) => {
    for (const [tenant, records] of Map.groupBy(entries, (entry) => entry.tenant)) {
      const taken = await acceptOwn({
        tenant,
        receiver: 'audit',
        sender: 'gatescope',
        received: clock(),
        body: Buffer.from(records.map(({ record }) => record).join('\n')),
        headers: {},
        protocol: json,
      });
      if (!taken.ok) throw new Error(taken.error.reason);
    }
  });
