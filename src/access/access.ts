/** Who may do what, put together: control data, tokens, users, sessions, tenants, and the routes to them. */
import type { Clock, Log } from '../core/ports.ts';
import { ok, type Problem, type Result } from '../core/result.ts';
import { type AuditFacts, createRecordAudit, drainOutbox, type OutboxEntry } from './audit.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';
import { type ControlOptions, openControl } from './control.ts';
import { type Drops, openDrops } from './drops.ts';
import { removeFirstPassword } from './first-password.ts';
import { installationSecret } from './installation-secret.ts';
import { createPasswords } from './password.ts';
import type { Route } from './route.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { tenantRoutes } from './tenant-routes.ts';
import { createTenants, defaultTenant, type Tenants } from './tenants.ts';
import { tokenRoutes } from './token-routes.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { createUsers, type Users } from './users.ts';

export interface Access {
  readonly authenticate: Authenticate;
  readonly tokens: Tokens;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tenants: Tenants;
  /** What retention removed from the store. */
  readonly drops: Drops;
  /** Sign-in, tokens and tenants. `removeEvents` empties the store of a tenant that is removed. */
  routes(removeEvents: (tenant: string) => Promise<void>): Route[];
  /** Records what was done to the installation as a whole, in the trail of those who run it. */
  record(facts: AuditFacts, tenant?: string): Promise<void>;
  /** See {@link drainOutbox}. */
  drainOutbox(deliver: (entries: readonly OutboxEntry[]) => Promise<void>): Promise<number>;
  /** See {@link OpenControl.share}. */
  share(): boolean;
  close(): Promise<void>;
}

export interface AccessOptions extends ControlOptions {
  /** The data folder; made when absent. */
  readonly data: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes ids that never repeat. */
  readonly newId: () => string;
}

/** Opens the control data of the folder. A folder of a newer version is refused unharmed. */
export async function openAccess(options: AccessOptions): Promise<Result<Access, Problem>> {
  const { data, clock, log, newId } = options;
  const opened = await openControl(data, options);
  if (!opened.ok) return opened;
  const { control, share } = opened.value;
  const recordAudit = createRecordAudit({ clock, newId });
  const passwords = createPasswords();
  let secret: Promise<string> | undefined;
  const tokens = createTokens({ control, clock, log, newId, recordAudit });
  const users = createUsers({ control, clock, newId, passwords, recordAudit });
  const sessions = createSessions({ control, clock, recordAudit });
  const onRemoved = () => {
    tokens.forget();
    sessions.forget();
  };
  const tenants = createTenants({ control, clock, recordAudit, onRemoved });
  const drops = await openDrops({ control, clock, recordAudit });
  return ok({
    drops,
    authenticate: createAuthenticate({ tokens, sessions, tenants }),
    tokens,
    users,
    sessions,
    tenants,
    routes: (removeEvents) => [
      ...sessionRoutes({
        users,
        sessions,
        tenants,
        passwords,
        clock,
        onPasswordChosen: () => removeFirstPassword(data),
        secret: () => (secret ??= installationSecret(data)),
      }),
      ...tokenRoutes({ tokens, clock }),
      ...tenantRoutes({ tenants, removeEvents }),
    ],
    record: (facts, tenant = defaultTenant) =>
      control.transaction().execute((transaction) => recordAudit(transaction, tenant, facts)),
    drainOutbox: (deliver) => drainOutbox(control, deliver),
    share,
    close: () => control.destroy(),
  });
}
