import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Access, openAccess } from './access.ts';
import { allows } from './allows.ts';
import { ApiError } from './api-error.ts';
import type { Actor } from './audit.ts';
import { firstPasswordFile } from './first-password.ts';
import type { Scope } from './route.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const actor: Actor = { kind: 'cli', id: 'test', name: 'test' };
const password = 'correct horse battery';

let data: string;
let access: Access;
let app: FastifyInstance;
let url: string;
let removed: string[];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'gatescope-routes-'));
  let ids = 0;
  const opened = await openAccess({
    data,
    clock: () => Date.now() * 1e3,
    log: quiet,
    newId: () => `id-${++ids}`,
  });
  if (!opened.ok) throw new Error(opened.error.reason);
  access = opened.value;
  removed = [];
  app = await serve();
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  await app.close();
  await access.close();
  await rm(data, { recursive: true });
});

/** The routes on a real socket, and one more that says who asks. */
async function serve(): Promise<FastifyInstance> {
  const server = Fastify();
  server.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof ApiError)) throw error;
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
    return reply.code(error.status).send({ title: error.title, detail: error.detail });
  });
  const guard = async (request: Parameters<Access['authenticate']>[0], scope: Scope) => {
    const principal = await access.authenticate(request);
    if (principal === undefined) throw new ApiError(401, 'No credentials', '');
    if (!allows(principal, scope)) throw new ApiError(403, 'Not allowed', scope);
    return principal;
  };
  for (const route of access.routes(async (tenant) => void removed.push(tenant)))
    server.route({
      method: route.method,
      url: route.url,
      handler: async (request, reply) =>
        'public' in route.access
          ? route.handle({ request, reply } as never)
          : route.handle({ principal: await guard(request, route.access.scope), request, reply } as never),
    });
  server.all('/whoami', (request) => guard(request, 'read'));
  server.all('/ingest', (request) => guard(request, 'ingest'));
  return server;
}

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
const call = async (path: string, { method = 'GET', body, headers }: Call = {}) => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
};
const tokenOf = async (tenant: string, scopes: Scope[]) =>
  (await access.tokens.create(tenant, { name: 'test', scopes }, actor)).secret;
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const addUser = (tenant: string, name: string, scopes: Scope[]) =>
  access.users.create(tenant, { name, password, scopes }, actor);
const signIn = (user: string, secret = password, headers: Readonly<Record<string, string>> = {}) =>
  call('/api/session', { method: 'POST', body: { user, password: secret }, headers });
const signedIn = async (user: string) => {
  const answer = await signIn(user);
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { cookie: { cookie }, both: { cookie, 'x-gatescope-csrf': answer.body.csrf as string } };
};

describe('tokens', () => {
  test('all three forms of the header let in', async () => {
    const secret = await tokenOf('default', ['read']);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    for (const authorization of [
      `Bearer ${secret}`,
      `Basic ${base64(`elastic:${secret}`)}`,
      `ApiKey ${base64(`id:${secret}`)}`,
      `ApiKey ${secret}`,
    ])
      expect((await call('/whoami', { headers: { authorization } })).status).toBe(200);
    expect((await call('/whoami', { headers: bearer('gs_wrong') })).status).toBe(401);
    expect((await call('/whoami')).status).toBe(401);
  });

  test('are made, listed and revoked in the tenant of who asks', async () => {
    const admin = bearer(await tokenOf('default', ['admin']));
    await access.tenants.create('acme', actor);
    const other = bearer(await tokenOf('acme', ['admin']));
    const made = await call('/api/tokens', {
      method: 'POST',
      body: { name: 'ci', scopes: ['ingest'], expires: '2199-01-01T00:00:00Z' },
      headers: admin,
    });
    expect(made.status).toBe(201);
    expect(made.body.token).toMatchObject({
      name: 'ci',
      tenant: 'default',
      expires: '2199-01-01T00:00:00.000Z',
    });
    expect((await call('/ingest', { headers: bearer(made.body.secret) })).status).toBe(200);
    const listed = await call('/api/tokens', { headers: admin });
    expect(listed.body.tokens.map(({ name }: { name: string }) => name)).toContain('ci');
    expect(JSON.stringify(listed.body)).not.toContain(made.body.secret);
    expect(JSON.stringify((await call('/api/tokens', { headers: other })).body)).not.toContain('"ci"');

    const address = `/api/tokens/${made.body.token.id}`;
    expect((await call(address, { method: 'DELETE', headers: other })).status).toBe(404);
    expect((await call(address, { method: 'DELETE', headers: admin })).status).toBe(204);
    expect((await call('/ingest', { headers: bearer(made.body.secret) })).status).toBe(401);
  });

  test('that would be dead on arrival are refused', async () => {
    const headers = bearer(await tokenOf('default', ['admin']));
    for (const expires of ['2001-01-01T00:00:00Z', '2999-01-01T00:00:00Z', 'soon']) {
      const body = { name: 'ci', scopes: ['ingest'], expires };
      expect((await call('/api/tokens', { method: 'POST', body, headers })).status).toBe(400);
    }
  });

  test('never act in another tenant', async () => {
    await access.tenants.create('acme', actor);
    const headers = bearer(await tokenOf('default', ['admin']));
    expect((await call('/whoami?tenant=acme', { headers })).status).toBe(403);
    expect((await call('/whoami?tenant=default', { headers })).body.tenant).toBe('default');
    expect((await call('/whoami?tenant=default&tenant=acme', { headers })).status).toBe(400);
  });

  test('hold the scopes that theirs imply', async () => {
    const reader = bearer(await tokenOf('default', ['read:raw']));
    expect((await call('/whoami', { headers: reader })).status).toBe(200);
    expect((await call('/ingest', { headers: reader })).status).toBe(403);
    const sender = bearer(await tokenOf('default', ['ingest']));
    expect((await call('/whoami', { headers: sender })).status).toBe(403);
    const admin = bearer(await tokenOf('default', ['admin']));
    expect((await call('/ingest', { headers: admin })).status).toBe(200);
  });
});

describe('sessions', () => {
  test('signing in sets a cookie out of reach of scripts and other sites', async () => {
    await addUser('default', 'ann', ['admin']);
    const answer = await signIn('ann');
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^gatescope_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(answer.body).toMatchObject({
      user: 'ann',
      tenant: 'default',
      tenants: ['default'],
      scopes: ['admin'],
    });
    const { cookie } = await signedIn('ann');
    expect((await call('/api/session', { headers: cookie })).body).toMatchObject({ user: 'ann' });
    expect((await call('/api/session')).status).toBe(401);
  });

  test('a change wants the CSRF token of this session', async () => {
    await addUser('default', 'ann', ['admin']);
    const [mine, another] = [await signedIn('ann'), await signedIn('ann')];
    const change = (headers: Readonly<Record<string, string>>) =>
      call('/whoami', { method: 'POST', headers });
    expect((await change(mine.both)).status).toBe(200);
    expect((await change(mine.cookie)).status).toBe(403);
    expect((await change({ ...another.both, ...mine.cookie })).status).toBe(403);
  });

  test('a change from another site is refused, whatever it carries', async () => {
    await addUser('default', 'ann', ['admin']);
    const { both } = await signedIn('ann');
    const change = (headers: Readonly<Record<string, string>>) =>
      call('/whoami', { method: 'POST', headers: { ...both, ...headers } });
    expect((await change({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await change({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await change({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await change({ origin: 'null' })).status).toBe(403);
    expect((await change({ origin: url })).status).toBe(200);
    expect((await signIn('ann', password, { origin: 'https://evil.example' })).status).toBe(403);
  });

  test('signing out ends it', async () => {
    await addUser('default', 'ann', ['read']);
    const { cookie, both } = await signedIn('ann');
    expect((await call('/api/session', { method: 'DELETE', headers: cookie })).status).toBe(403);
    const answer = await call('/api/session', { method: 'DELETE', headers: both });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await call('/whoami', { headers: cookie })).status).toBe(401);
  });

  test('never ingest: the tenant of an event comes from a token', async () => {
    await addUser('default', 'ann', ['admin']);
    const { both } = await signedIn('ann');
    expect((await call('/ingest', { method: 'POST', headers: both })).status).toBe(403);
  });

  test('failed sign-ins are slowed down, and the right password waits too', async () => {
    await addUser('default', 'ann', ['read']);
    const answers = await Promise.all(Array.from({ length: 12 }, () => signIn('ann', 'wrong')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    const late = await signIn('ann');
    expect(late.status).toBe(429);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('who guesses one user locks out no other user of the address', async () => {
    await addUser('default', 'ann', ['read']);
    await addUser('default', 'bob', ['read']);
    await Promise.all(Array.from({ length: 12 }, () => signIn('ann', 'wrong')));
    expect((await signIn('ann')).status).toBe(429);
    expect((await signIn('bob')).status).toBe(200);
  });

  test('who guesses a user does not lock out the browser of the user', async () => {
    await addUser('default', 'ann', ['read']);
    const cookies = (await signIn('ann')).headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    const kept = { cookie: cookies.find((cookie) => cookie?.startsWith('gatescope_browser=')) as string };
    await Promise.all(Array.from({ length: 12 }, () => signIn('ann', 'wrong')));
    expect((await signIn('ann')).status).toBe(429);
    expect((await signIn('ann', password, kept)).status).toBe(200);
    // It is no way in.
    expect((await call('/whoami', { headers: kept })).status).toBe(401);
  });

  test('a password typed as a name is kept nowhere', async () => {
    await addUser('default', 'ann', ['read']);
    await signIn(password, 'x');
    await signIn('ann', 'wrong');
    const entries: { record: string }[] = [];
    await access.drainOutbox(async (some) => void entries.push(...some));
    const records = entries.map(({ record }) => JSON.parse(record));
    expect(records.filter(({ action }) => action === 'session.refused').map(({ user }) => user)).toEqual([
      '',
      'ann',
    ]);
    const file = await readFile(join(data, 'control.db'), 'latin1');
    expect(JSON.stringify(records) + file).not.toContain(password);
  });

  test('the own password is changed with the present one, and ends every session', async () => {
    await addUser('default', 'ann', ['read']);
    const { both } = await signedIn('ann');
    const change = (current: string) =>
      call('/api/session/password', {
        method: 'PUT',
        body: { current, password: 'another long one' },
        headers: both,
      });
    expect((await change('wrong')).status).toBe(403);
    const file = await writeFile(firstPasswordFile(data), password).then(() => firstPasswordFile(data));
    expect((await change(password)).status).toBe(204);
    await expect(stat(file)).rejects.toThrow('ENOENT');
    expect((await call('/whoami', { headers: both })).status).toBe(401);
    expect((await signIn('ann', 'another long one')).status).toBe(200);
  });
});

describe('tenants', () => {
  test('an admin of the default tenant may act in every tenant there is', async () => {
    await access.tenants.create('acme', actor);
    await addUser('default', 'ann', ['admin']);
    const { cookie } = await signedIn('ann');
    expect((await call('/whoami?tenant=acme', { headers: cookie })).body.tenant).toBe('acme');
    expect((await call('/api/session?tenant=acme', { headers: cookie })).body).toMatchObject({
      tenant: 'acme',
      tenants: ['acme', 'default'],
    });
    expect((await call('/whoami?tenant=none', { headers: cookie })).status).toBe(404);
  });

  test('nobody else may', async () => {
    await access.tenants.create('acme', actor);
    await addUser('acme', 'bob', ['admin']);
    await addUser('default', 'eve', ['read:raw']);
    for (const [user, tenant] of [
      ['bob', 'default'],
      ['eve', 'acme'],
    ] as const) {
      const { cookie } = await signedIn(user);
      expect((await call(`/whoami?tenant=${tenant}`, { headers: cookie })).status).toBe(403);
    }
  });

  test('are made and removed from the default tenant, events and all', async () => {
    const admin = bearer(await tokenOf('default', ['admin']));
    const make = (headers: Readonly<Record<string, string>>, name: string) =>
      call('/api/tenants', { method: 'POST', body: { name }, headers });
    expect((await make(admin, 'acme')).status).toBe(201);
    expect((await make(admin, 'acme')).status).toBe(409);
    const other = bearer(await tokenOf('acme', ['admin']));
    expect((await make(other, 'more')).status).toBe(403);
    expect((await call('/api/tenants', { headers: other })).body).toMatchObject({
      tenants: [{ name: 'acme' }],
    });
    const remove = (headers: Readonly<Record<string, string>>, name: string) =>
      call(`/api/tenants/${name}`, { method: 'DELETE', headers });
    expect((await remove(other, 'default')).status).toBe(403);
    expect((await remove(admin, 'default')).status).toBe(409);
    expect((await remove(admin, 'acme')).status).toBe(204);
    expect((await remove(admin, 'acme')).status).toBe(404);
    expect(removed).toEqual(['acme']);
    expect((await call('/whoami', { headers: other })).status).toBe(401);
  });
});
