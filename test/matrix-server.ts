/** A whole server with tenants that have the same things, for the matrix of routes, scopes and tenants. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Scope, scopes } from '../src/access/route.ts';
import { startTestServer } from './started-server.ts';

/** `installation` is given in the default tenant alone. */
export type TenantScope = Exclude<Scope, 'installation'>;
export const tenantScopes = scopes.filter((scope) => scope !== 'installation');

/** What a tenant has that another could ask for; whatever can carry its name does. */
export interface Belongings {
  readonly tenant: string;
  readonly eventId: string;
  readonly quarantineId: string;
  /** Of a token that may be named in an address. */
  readonly tokenId: string;
  readonly tokens: Readonly<Record<TenantScope, string>>;
}

export interface Matrix {
  readonly url: string;
  readonly tenants: ReadonlyMap<string, Belongings>;
  /** An administrator of the default tenant who has signed in on the page. */
  readonly admin: { readonly cookie: string; readonly csrf: string };
  stop(): Promise<void>;
}

export async function startMatrix(names: readonly string[]): Promise<Matrix> {
  const server = await startTestServer();
  await server.ready();
  const { url } = server;

  async function asking<T>(
    path: string,
    headers: Record<string, string>,
    body?: object | string,
  ): Promise<T> {
    const response = await fetch(`${url}${path}`, {
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { method: 'POST' }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async function signIn(): Promise<Matrix['admin']> {
    const response = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'admin', password: server.password }),
    });
    const { csrf } = (await response.json()) as { csrf: string };
    return { csrf, cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  }
  const admin = await signIn();
  const asAdmin = { cookie: admin.cookie, 'x-gatescope-csrf': admin.csrf };

  async function settle(tenant: string): Promise<Belongings> {
    await asking('/api/tenants', asAdmin, { name: tenant });
    const tokens = new Map<TenantScope, string>();
    let tokenId = '';
    for (const scope of tenantScopes) {
      const wanted = { name: `${tenant} ${scope}`, scopes: [scope] };
      const made = await asking<{ token: { id: string }; secret: string }>(
        `/api/tokens?tenant=${tenant}`,
        asAdmin,
        wanted,
      );
      tokens.set(scope, made.secret);
      tokenId = made.token.id;
    }
    const bearer = (scope: TenantScope) => ({ authorization: `Bearer ${tokens.get(scope)}` });
    const records = `{"message":"of ${tenant}","host":"${tenant}"}\n{"cut":"of ${tenant}"`;
    const answer = await asking<{ problems: { quarantineId: string }[] }>(
      '/ingest',
      bearer('ingest'),
      records,
    );
    let eventId: string | undefined;
    while (eventId === undefined) {
      const page = await asking<{ events: { id: string }[] }>('/api/events', bearer('read'));
      eventId = page.events[0]?.id;
      if (eventId === undefined) await sleep(50);
    }
    return {
      tenant,
      eventId,
      quarantineId: answer.problems[0]?.quarantineId ?? '',
      tokenId,
      tokens: Object.fromEntries(tokens) as Record<TenantScope, string>,
    };
  }

  const tenants = new Map<string, Belongings>();
  for (const name of names) tenants.set(name, await settle(name));
  return {
    url,
    tenants,
    admin,
    stop: () => server.stop(),
  };
}
