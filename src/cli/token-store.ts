/** Where `gatescope token` finds the tokens: in the data folder of this machine, or behind a server's API. */
import type { Scope } from '../access/route.ts';
import { type ApiToken, apiToken } from '../access/token-routes.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { openAccessFolder } from './access-folder.ts';
import { type Client, createClient, type ServerOptions } from './client.ts';
import { type CliContext, exit, type Failure } from './context.ts';
import type { SettingsOptions } from './settings-options.ts';

export interface TokenOptions extends ServerOptions, SettingsOptions {
  readonly tenant?: string;
}

export interface Wanted {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Microseconds since 1970. */
  readonly expires?: number;
}

export interface TokenStore {
  create(wanted: Wanted): Promise<Result<{ readonly token: ApiToken; readonly secret: string }, Failure>>;
  list(): Promise<Result<readonly ApiToken[], Failure>>;
  revoke(id: string): Promise<Result<undefined, Failure>>;
  close(): Promise<void>;
}

const failed = (message: string) => fail<Failure>({ code: exit.failed, message });

function behindApi(client: Client): TokenStore {
  return {
    create: ({ name, scopes, expires }) => {
      const json = {
        name,
        scopes,
        ...(expires === undefined ? {} : { expires: new Date(expires / 1e3).toISOString() }),
      };
      return client.json({ method: 'POST', path: '/api/tokens', json });
    },
    async list() {
      const answer = await client.json<{ tokens: ApiToken[] }>({ method: 'GET', path: '/api/tokens' });
      return answer.ok ? ok(answer.value.tokens) : answer;
    },
    revoke: (id) => client.json({ method: 'DELETE', path: `/api/tokens/${encodeURIComponent(id)}` }),
    close: async () => undefined,
  };
}

async function inFolder(context: CliContext, options: TokenOptions): Promise<Result<TokenStore, Failure>> {
  const opened = await openAccessFolder(context, options);
  if (!opened.ok) return opened;
  const { access, tenant, actor } = opened.value;
  const { tokens, close } = access;
  return ok({
    async create(wanted) {
      const { token, secret } = await tokens.create(tenant, wanted, actor);
      return ok({ token: apiToken(token), secret });
    },
    list: async () => ok((await tokens.list(tenant)).map(apiToken)),
    revoke: async (id) =>
      (await tokens.revoke(tenant, id, actor)) ? ok(undefined) : failed(`No token ${id} is in force.`),
    close,
  });
}

/**
 * By API when an address is given, else straight in the data folder: also while a server runs on it, which takes
 * notice within two seconds.
 */
export async function openTokenStore(
  context: CliContext,
  options: TokenOptions,
): Promise<Result<TokenStore, Failure>> {
  const { GATESCOPE_URL } = context.environment.variables;
  if (options.url === undefined && (GATESCOPE_URL === undefined || options.data !== undefined))
    return inFolder(context, options);
  if (options.tenant !== undefined)
    return fail({
      code: exit.usage,
      message: 'Behind --url the tenant is that of the token; leave --tenant out.',
    });
  return ok(behindApi(createClient(context, options)));
}
