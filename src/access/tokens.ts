/** API tokens: `gs_` and 32 random bytes, kept as SHA-256, each of one tenant. */
import type { Clock, Log } from '../core/ports.ts';
import type { Actor, RecordAudit } from './audit.ts';
import type { ControlData } from './control.ts';
import { DiskFull } from './node-sqlite-dialect.ts';
import { createRecent } from './recent.ts';
import type { Principal, Scope } from './route.ts';
import { hashOf, newSecret } from './secret.ts';

/** A token without its secret. Times are microseconds since 1970. */
export interface Token {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  /** First characters of the secret. */
  readonly hint: string;
  readonly scopes: readonly Scope[];
  readonly created: number;
  /** To the minute. */
  readonly lastUsed: number | undefined;
  readonly expires: number | undefined;
  readonly revoked: number | undefined;
}

export interface Tokens {
  /** The secret is in this answer and nowhere else. */
  create(
    tenant: string,
    wanted: { readonly name: string; readonly scopes: readonly Scope[]; readonly expires?: number },
    actor: Actor,
  ): Promise<{ readonly token: Token; readonly secret: string }>;
  /** Newest first, the revoked ones too. */
  list(tenant: string): Promise<Token[]>;
  /** At once in this process, within two seconds in others. False when the tenant has no such token in force. */
  revoke(tenant: string, id: string, actor: Actor): Promise<boolean>;
  /** Makes `secret`, or none, the fixed admin token of the tenant; an earlier fixed one ends. */
  fix(tenant: string, secret: string | undefined): Promise<void>;
  /** Whose secret it is; undefined when it is unknown, revoked or expired. */
  check(secret: string): Promise<Principal | undefined>;
  /** Forgets what was remembered, after tokens changed by other means. */
  forget(): void;
}

const second = 1e6;
const rememberedFor = 2 * second;
const usedWithin = 60 * second;
const system: Actor = { kind: 'system', id: 'settings', name: 'settings' };
const fixedId = (tenant: string) => `fixed-${tenant}`;

export function createTokens(ports: {
  readonly control: ControlData;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly recordAudit: RecordAudit;
}): Tokens {
  const { control, clock, log, newId, recordAudit } = ports;
  const recent = createRecent<Token>({ clock, life: rememberedFor, size: 10_000 });

  const look = async (hash: string): Promise<Token | undefined> => {
    const row = await control
      .selectFrom('tokens')
      .selectAll()
      .where('hash', '=', hash)
      .where('revoked', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if ((row.lastUsed ?? 0) < clock() - usedWithin) await touch(row.id);
    return asToken(row);
  };

  const touch = async (id: string): Promise<void> => {
    try {
      await control.updateTable('tokens').set({ lastUsed: clock() }).where('id', '=', id).execute();
    } catch (error) {
      // A full disk must not lock out those who would make room; it is reported by the journal.
      if (!(error instanceof DiskFull))
        log.warn('the last use of a token was not noted', { token: id, error });
    }
  };

  return {
    async create(tenant, { name, scopes, expires }, actor) {
      const secret = `gs_${newSecret()}`;
      const row = {
        id: newId(),
        tenant,
        name,
        hash: hashOf(secret),
        hint: secret.slice(0, 7),
        scopes: JSON.stringify(scopes),
        created: clock(),
        lastUsed: null,
        expires: expires ?? null,
        revoked: null,
      };
      await control.transaction().execute(async (transaction) => {
        await transaction.insertInto('tokens').values(row).execute();
        await recordAudit(transaction, tenant, {
          action: 'token.created',
          outcome: 'success',
          actor,
          entityType: 'token',
          entityId: row.id,
          message: `token ${name} with ${scopes.join(', ')} was created`,
        });
      });
      return { token: asToken(row), secret };
    },

    async list(tenant) {
      const rows = await control
        .selectFrom('tokens')
        .selectAll()
        .where('tenant', '=', tenant)
        .orderBy('created', 'desc')
        .execute();
      return rows.map(asToken);
    },

    async revoke(tenant, id, actor) {
      const revoked = await control.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable('tokens')
          .set({ revoked: clock() })
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .where('revoked', 'is', null)
          .returning('name')
          .executeTakeFirst();
        if (row === undefined) return false;
        await recordAudit(transaction, tenant, {
          action: 'token.revoked',
          outcome: 'success',
          actor,
          entityType: 'token',
          entityId: id,
          message: `token ${row.name} was revoked`,
        });
        return true;
      });
      recent.forget();
      return revoked;
    },

    async fix(tenant, secret) {
      const id = fixedId(tenant);
      const hash = secret === undefined ? undefined : hashOf(secret);
      await control.transaction().execute(async (transaction) => {
        const before = await transaction
          .selectFrom('tokens')
          .select(['hash', 'revoked'])
          .where('id', '=', id)
          .executeTakeFirst();
        const inForce = before?.revoked === null ? before.hash : undefined;
        if (inForce === hash) return;
        await transaction.deleteFrom('tokens').where('id', '=', id).execute();
        if (secret !== undefined)
          await transaction
            .insertInto('tokens')
            .values({
              id,
              tenant,
              name: 'admin (from the settings)',
              hash: hashOf(secret),
              hint: '',
              scopes: JSON.stringify(['admin']),
              created: clock(),
            })
            .execute();
        await recordAudit(transaction, tenant, {
          action: secret === undefined ? 'token.revoked' : 'token.created',
          outcome: 'success',
          actor: system,
          entityType: 'token',
          entityId: id,
          message: `the admin token of the settings was ${secret === undefined ? 'removed' : 'set'}`,
        });
      });
      recent.forget();
    },

    async check(secret) {
      const hash = hashOf(secret);
      const token = await recent.get(hash, () => look(hash));
      if (token === undefined || (token.expires !== undefined && token.expires <= clock())) return undefined;
      const { id, name, tenant, scopes } = token;
      return { kind: 'token', id, name, tenant, scopes };
    },

    forget: () => recent.forget(),
  };
}

interface TokenRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: string;
  readonly created: number;
  readonly lastUsed: number | null;
  readonly expires: number | null;
  readonly revoked: number | null;
}

const asToken = (row: TokenRow): Token => ({
  id: row.id,
  tenant: row.tenant,
  name: row.name,
  hint: row.hint,
  scopes: JSON.parse(row.scopes) as Scope[],
  created: row.created,
  lastUsed: row.lastUsed ?? undefined,
  expires: row.expires ?? undefined,
  revoked: row.revoked ?? undefined,
});
