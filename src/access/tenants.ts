/** Tenants: plain names, `default` always among them. */
import Type from 'typebox';
import type { Clock } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Actor, RecordAudit } from './audit.ts';
import type { ControlData } from './control.ts';
import { createRecent } from './recent.ts';

/** The tenant of those who run Gatescope; it cannot be removed. */
export const defaultTenant = 'default';

export const TenantName = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Small letters, digits and hyphens, at most 63.',
});

export interface Tenant {
  readonly name: string;
  /** Microseconds since 1970; 0 for `default`. */
  readonly created: number;
}

export interface Tenants {
  /** By name. */
  list(): Promise<Tenant[]>;
  /** Remembered for two seconds. */
  exists(tenant: string): Promise<boolean>;
  /** The name must match {@link TenantName}. */
  create(tenant: string, actor: Actor): Promise<Result<Tenant, 'exists'>>;
  /** Removes its users, sessions and tokens with it, not its events. */
  remove(tenant: string, actor: Actor): Promise<Result<undefined, 'absent' | 'default'>>;
}

export function createTenants(ports: {
  readonly control: ControlData;
  readonly clock: Clock;
  readonly recordAudit: RecordAudit;
  /** Called when a tenant has gone, so that no answer about its tokens and sessions is remembered. */
  readonly onRemoved: () => void;
}): Tenants {
  const { control, clock, recordAudit, onRemoved } = ports;
  const recent = createRecent<true>({ clock, life: 2e6, size: 1_000 });
  const facts = (action: string, actor: Actor, tenant: string, message: string) =>
    ({ action, outcome: 'success', actor, entityType: 'tenant', entityId: tenant, message }) as const;

  return {
    list: () => control.selectFrom('tenants').selectAll().orderBy('name').execute(),

    async exists(tenant) {
      const known = await recent.get(tenant, async () => {
        const row = await control
          .selectFrom('tenants')
          .select('name')
          .where('name', '=', tenant)
          .executeTakeFirst();
        return row === undefined ? undefined : true;
      });
      return known === true;
    },

    create: (tenant, actor) =>
      control.transaction().execute(async (transaction) => {
        const row = await transaction
          .insertInto('tenants')
          .values({ name: tenant, created: clock() })
          .onConflict((conflict) => conflict.doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) return fail('exists' as const);
        await recordAudit(
          transaction,
          tenant,
          facts('tenant.created', actor, tenant, 'the tenant was created'),
        );
        return ok(row);
      }),

    async remove(tenant, actor) {
      if (tenant === defaultTenant) return fail('default');
      const removed = await control.transaction().execute(async (transaction) => {
        const row = await transaction
          .deleteFrom('tenants')
          .where('name', '=', tenant)
          .returning('name')
          .executeTakeFirst();
        if (row === undefined) return fail('absent' as const);
        // In the trail of those who run Gatescope: the tenant's own has no reader left.
        await recordAudit(
          transaction,
          defaultTenant,
          facts('tenant.removed', actor, tenant, `the tenant ${tenant} was removed`),
        );
        return ok(undefined);
      });
      recent.forget();
      onRemoved();
      return removed;
    },
  };
}
