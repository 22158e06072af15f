/** People who sign in with a password. Names are unique over all tenants: signing in names no tenant. */
import type { Clock } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Actor, RecordAudit } from './audit.ts';
import type { ControlData } from './control.ts';
import { newPassword, type Passwords } from './password.ts';
import type { Scope } from './route.ts';
import { defaultTenant } from './tenants.ts';

export interface User {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** Name of the admin that the first start makes, in the default tenant. */
export const firstUser = 'admin';

export interface Users {
  /** By name. */
  list(tenant: string): Promise<User[]>;
  /** `taken`: somebody has that name, of this tenant or another. Rejects when the tenant is not there. */
  create(
    tenant: string,
    wanted: { readonly name: string; readonly password: string; readonly scopes: readonly Scope[] },
    actor: Actor,
  ): Promise<Result<User, 'taken'>>;
  /** The user of that name and password, or what is wrong. Takes equally long for an unknown name. */
  verify(name: string, password: string): Promise<Result<User, 'wrong password' | 'unknown'>>;
  /** Ends every session of the user but none of the tokens. */
  setPassword(tenant: string, id: string, password: string, actor: Actor): Promise<void>;
  /**
   * When there is no user yet: makes {@link firstUser} with a random password, telling it to `announce`
   * first, so that a crash in between leaves no admin whose password nobody was told.
   */
  ensureFirst(
    announce: (signIn: { readonly user: string; readonly password: string }) => Promise<void>,
  ): Promise<void>;
}

const system: Actor = { kind: 'system', id: 'gatescope', name: 'gatescope' };

export function createUsers(ports: {
  readonly control: ControlData;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly passwords: Passwords;
  readonly recordAudit: RecordAudit;
}): Users {
  const { control, clock, newId, passwords, recordAudit } = ports;

  const create: Users['create'] = async (tenant, { name, password, scopes }, actor) => {
    const user = { id: newId(), tenant, name, scopes };
    const kept = await passwords.hash(password);
    return control.transaction().execute(async (transaction) => {
      const row = await transaction
        .insertInto('users')
        .values({ ...user, password: kept, scopes: JSON.stringify(scopes), created: clock() })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returning('id')
        .executeTakeFirst();
      if (row === undefined) return fail('taken' as const);
      await recordAudit(transaction, tenant, {
        action: 'user.created',
        outcome: 'success',
        actor,
        entityType: 'user',
        entityId: user.id,
        message: `user ${name} with ${scopes.join(', ')} was created`,
      });
      return ok(user);
    });
  };

  return {
    create,

    async list(tenant) {
      const rows = await control
        .selectFrom('users')
        .select(['id', 'name', 'scopes'])
        .where('tenant', '=', tenant)
        .orderBy('name')
        .execute();
      return rows.map(({ id, name, scopes }) => ({
        id,
        tenant,
        name,
        scopes: JSON.parse(scopes) as Scope[],
      }));
    },

    async verify(name, password) {
      const row = await control.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
      const matches = await passwords.matches(password, row?.password);
      if (row === undefined) return fail('unknown');
      if (!matches) return fail('wrong password');
      return ok({ id: row.id, tenant: row.tenant, name, scopes: JSON.parse(row.scopes) as Scope[] });
    },

    async setPassword(tenant, id, password, actor) {
      const kept = await passwords.hash(password);
      await control.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable('users')
          .set({ password: kept })
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .returning('name')
          .executeTakeFirstOrThrow();
        await transaction.deleteFrom('sessions').where('user', '=', id).execute();
        await recordAudit(transaction, tenant, {
          action: 'user.passwordChanged',
          outcome: 'success',
          actor,
          entityType: 'user',
          entityId: id,
          message: `the password of ${row.name} was changed`,
        });
      });
    },

    async ensureFirst(announce) {
      const anyone = await control.selectFrom('users').select('id').limit(1).executeTakeFirst();
      if (anyone !== undefined) return;
      const password = newPassword();
      await announce({ user: firstUser, password });
      await create(defaultTenant, { name: firstUser, password, scopes: ['admin'] }, system);
    },
  };
}
