/** What the audit trail says of events that are lost: a record for each tenant, those of nobody with the default one. */
import type { AuditFacts } from '../access/audit.ts';
import type { RowCounts } from '../core/row-counts.ts';
import { unknownTenant } from '../journal/tally.ts';
import { dateText } from './rows.ts';

export interface LostFacts {
  /** Undefined where it is not known whose they were. */
  readonly tenant: string | undefined;
  readonly facts: Omit<AuditFacts, 'actor'>;
}

export function lostFacts(lost: RowCounts): readonly LostFacts[] {
  return [...lost.tenants()].map((tenant) => {
    const days = [...lost].filter((group) => group.tenant === tenant).map(({ day }) => day);
    const [first, last] = [Math.min(...days), Math.max(...days)].map(dateText);
    const known = tenant !== unknownTenant;
    return {
      tenant: known ? tenant : undefined,
      facts: {
        action: 'events.lost',
        outcome: 'failure',
        entityType: 'store',
        entityId: 'events',
        message:
          `${lost.ofTenant(tenant)} accepted events are lost: neither store nor journal has them. ` +
          (known ? `Their days: ${first} to ${last}.` : 'Whose they were is not known.'),
      },
    };
  });
}
