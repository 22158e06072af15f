/** Sessions of signed-in people: a random secret in a cookie, its SHA-256 here. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/ports.ts';
import type { Actor, AuditFacts, RecordAudit } from './audit.ts';
import type { ControlData } from './control.ts';
import { DiskFull } from './node-sqlite-dialect.ts';
import { createRecent } from './recent.ts';
import type { Scope } from './route.ts';
import { hashOf, newSecret } from './secret.ts';
import { defaultTenant } from './tenants.ts';
import type { User } from './users.ts';

const hour = 3_600e6;
/** Unused so long, a session ends. */
const idle = 12 * hour;
/** However much it is used, it ends after this. Microseconds. */
export const longest = 7 * 24 * hour;

export interface Session {
  readonly user: User;
  /** Microseconds since 1970. */
  readonly created: number;
  readonly expires: number;
}

export interface Sessions {
  /** Signs the user in; the secret belongs into the cookie and nowhere else. */
  open(user: User, clientIp: string): Promise<string>;
  /** The session of that secret, its life renewed; undefined when it is unknown, signed out or expired. */
  check(secret: string): Promise<Session | undefined>;
  /** Signs out, at once in this process. */
  close(secret: string, clientIp: string): Promise<void>;
  /**
   * Notes a sign-in that was refused, in the trail of the tenant of those who run Gatescope. `name` is that of a user;
   * undefined when nobody has the name that was typed, which may be a password and is kept nowhere.
   */
  refused(name: string | undefined, clientIp: string): Promise<void>;
  forget(): void;
}

/**
 * What a page must send beside the cookie to change anything: bound to the session, so that a cookie planted from
 * elsewhere does not fit it, and derived, so that nothing more is kept.
 */
export const csrfOf = (secret: string): string =>
  createHash('sha256').update(`csrf:${secret}`).digest('base64url');

/** In constant time. */
export const csrfMatches = (secret: string, given: string | undefined): boolean => {
  const expected = Buffer.from(csrfOf(secret));
  const actual = Buffer.from(given ?? '');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
};

export function createSessions(ports: {
  readonly control: ControlData;
  readonly clock: Clock;
  readonly recordAudit: RecordAudit;
}): Sessions {
  const { control, clock, recordAudit } = ports;
  const recent = createRecent<Session>({ clock, life: 2e6, size: 1_000 });

  const actorOf = ({ id, name }: User, clientIp: string): Actor => ({ kind: 'session', id, name, clientIp });
  const facts = (action: string, user: User, clientIp: string, message: string): AuditFacts => ({
    action,
    outcome: 'success',
    actor: actorOf(user, clientIp),
    entityType: 'session',
    entityId: user.id,
    message,
  });

  const prolong = async (hash: string, expires: number): Promise<void> => {
    try {
      await control.updateTable('sessions').set({ expires }).where('hash', '=', hash).execute();
    } catch (error) {
      // A full disk must not lock out those who would make room.
      if (!(error instanceof DiskFull)) throw error;
    }
  };

  const look = async (hash: string): Promise<Session | undefined> => {
    const row = await control
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user')
      .select([
        'users.id',
        'users.tenant',
        'users.name',
        'users.scopes',
        'sessions.created',
        'sessions.expires',
      ])
      .where('hash', '=', hash)
      .executeTakeFirst();
    const now = clock();
    if (row === undefined || row.expires <= now) return undefined;
    const expires = Math.min(now + idle, row.created + longest);
    // Written once in a while, not with every request.
    if (expires - row.expires > hour / 6) await prolong(hash, expires);
    const user = {
      id: row.id,
      tenant: row.tenant,
      name: row.name,
      scopes: JSON.parse(row.scopes) as Scope[],
    };
    return { user, created: row.created, expires: row.expires };
  };

  return {
    async open(user, clientIp) {
      const secret = newSecret();
      const created = clock();
      await control.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('sessions').where('expires', '<=', created).execute();
        await transaction
          .insertInto('sessions')
          .values({
            hash: hashOf(secret),
            tenant: user.tenant,
            user: user.id,
            created,
            expires: created + idle,
          })
          .execute();
        await recordAudit(
          transaction,
          user.tenant,
          facts('session.opened', user, clientIp, `${user.name} signed in`),
        );
      });
      return secret;
    },

    async check(secret) {
      const hash = hashOf(secret);
      const session = await recent.get(hash, () => look(hash));
      return session === undefined || session.expires <= clock() ? undefined : session;
    },

    async close(secret, clientIp) {
      const hash = hashOf(secret);
      const session = await look(hash);
      if (session !== undefined)
        await control.transaction().execute(async (transaction) => {
          await transaction.deleteFrom('sessions').where('hash', '=', hash).execute();
          const { user } = session;
          await recordAudit(
            transaction,
            user.tenant,
            facts('session.closed', user, clientIp, `${user.name} signed out`),
          );
        });
      recent.forget();
    },

    async refused(name, clientIp) {
      await control.transaction().execute((transaction) =>
        recordAudit(transaction, defaultTenant, {
          action: 'session.refused',
          outcome: 'denied',
          actor: { kind: 'anonymous', id: '', name: name ?? '', clientIp },
          entityType: 'session',
          entityId: '',
          message:
            name === undefined
              ? 'a sign-in under a name that no user has was refused'
              : 'a sign-in with a wrong password was refused',
        }),
      );
    },

    forget: () => recent.forget(),
  };
}
