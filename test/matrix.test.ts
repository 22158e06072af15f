/**
 * Every route × every scope × own and other tenant, against a whole server. The routes and their scopes are read from
 * its own description, so that a new route is in the matrix by being there.
 *
 * The other tenant has the same things, each with its name on it: any leak is a name where it must not be.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Compile } from 'typebox/schema';
import { afterAll, describe, expect, test } from 'vitest';
import type { Scope } from '../src/access/route.ts';
import { messagesOf } from './event-source.ts';
import { type Belongings, tenantScopes as scopes, startMatrix, type TenantScope } from './matrix-server.ts';

const ours = 'acme';
const theirs = 'theirs-7f3a';
const server = await startMatrix([theirs, ours]);
afterAll(() => server.stop());
const mine = server.tenants.get(ours) as Belongings;
const others = server.tenants.get(theirs) as Belongings;

interface Media {
  readonly schema?: Readonly<Record<string, unknown>>;
}
interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly Scope[]>>[];
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Described {
  readonly method: string;
  readonly path: string;
  /** Undefined: public. */
  readonly scope: TenantScope | undefined;
  readonly streams: boolean;
  readonly operationId: string;
  /** Of a successful answer in JSON. */
  readonly schema: Media['schema'];
}

const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const routes: readonly Described[] = Object.entries(description.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { security, responses, operationId }]) => ({
    method: method.toUpperCase(),
    path,
    scope: security?.find((scheme) => 'bearer' in scheme)?.bearer?.[0] as TenantScope | undefined,
    streams: 'text/event-stream' in (responses['200']?.content ?? {}),
    operationId,
    schema: responses['200']?.content?.['application/json']?.schema,
  })),
);
const guarded = routes.filter(({ scope }) => scope !== undefined);
const reading = guarded.filter(({ method }) => method === 'GET');

const byName = (some: readonly Described[]) =>
  some.map((route) => [`${route.method} ${route.path}`, route] as const);

/** What stands in the braces of a path. A route with other braces must say so here. */
function fill(path: string, of: Belongings): string {
  const ids: Readonly<Record<string, string>> = {
    '/api/events/{id}': of.eventId,
    '/api/quarantine/{id}': of.quarantineId,
    '/api/quarantine/{id}/replay': of.quarantineId,
    '/api/tokens/{id}': of.tokenId,
    '/api/tenants/{name}': of.tenant,
    '/ingest/{vocabulary}': 'nginx',
    '/es/{rest}': '_cluster/health',
    '/schemas/{vocabulary}/{type}.json': 'nginx/access',
  };
  return path.replace(/\{.*\}/, () => {
    const id = ids[path];
    if (id === undefined) throw new Error(`${path}: say in this test what fills it`);
    return encodeURIComponent(id).replaceAll('%2F', '/');
  });
}
const needed: Readonly<Record<string, string>> = { '/api/values': 'field=message' };

/** `admin` holds every scope, `read:raw` holds `read`. */
const holds = (has: Scope, wanted: Scope): boolean =>
  has === wanted || has === 'admin' || (has === 'read:raw' && wanted === 'read');

const call = (
  { method, path }: Pick<Described, 'method' | 'path'>,
  options: { of?: Belongings; query?: string; headers?: Record<string, string>; body?: string } = {},
) => {
  const { of = mine, query = needed[path] ?? '', headers = {}, body } = options;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return fetch(`${server.url}${fill(path, of)}?${query}`, {
    method,
    headers: { ...(hasBody ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(hasBody ? { body: body ?? '{}' } : {}),
  });
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The whole answer; of a stream what comes until `enough`. */
async function textOf(response: Response, streams: boolean, enough: (text: string) => boolean) {
  if (!streams || !response.ok) return response.text();
  let text = '';
  for await (const { event, data } of messagesOf(response)) {
    if (event !== 'comment') text += `${JSON.stringify(data)}\n`;
    if (text !== '' && enough(text)) break;
  }
  return text;
}

/** The tail goes on for ever: enough is what our tenant has, which was journalled after what the other has. */
const enough = (path: string) => (text: string) => path !== '/api/tail' || text.includes(mine.eventId);
/** Answers that show the name of the tenant that asks, on what belongs to it. */
const named = new Set([
  '/api/events',
  '/api/events/{id}',
  '/api/values',
  '/api/tail',
  '/api/quarantine/{id}',
  '/api/senders',
  '/api/tokens',
  '/api/tenants',
  '/api/session',
  '/api/status',
  '/metrics',
]);

/** Routes that ask for no credentials. */
const few = [
  '/livez',
  '/readyz',
  '/openapi.json',
  '/api/session',
  '/schemas',
  '/schemas/{vocabulary}/{type}.json',
];

test('the description of the server is valid OpenAPI 3.1', async () => {
  const official = await readFile(new URL('fixtures/openapi-3.1.schema.json', import.meta.url), 'utf8');
  expect(Compile(JSON.parse(official)).Errors(description)).toEqual([true, []]);
  const ids = routes.map(({ operationId }) => operationId);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

test('the matrix has routes of every kind', () => {
  expect(new Set(guarded.map(({ scope }) => scope))).toEqual(new Set(scopes));
  expect(routes.length).toBeGreaterThan(30);
});

describe.each(byName(routes))('%s', (_, route) => {
  const { scope, streams, method, path, schema } = route;

  if (scope === undefined) {
    test('is public, as few are', async () => {
      expect(few).toContain(path);
      const response = await call(route);
      expect(response.status).not.toBe(401);
      expect(await response.text()).not.toContain(theirs);
    });
    return;
  }

  test('answers nobody without credentials, or with wrong ones', async () => {
    const wrong = [undefined, 'Bearer gs_wrong', 'Basic Z3M6Z3M=', 'ApiKey Z3M6Z3M=', 'Digest x'];
    for (const authorization of wrong) {
      const response = await call(route, authorization === undefined ? {} : { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBeTruthy();
    }
  });

  // A parameter that no route knows: whoever gets past the door changes nothing.
  test.each(scopes.filter((has) => !holds(has, scope)))('refuses a token to %s', async (has) => {
    const response = await call(route, { query: 'nonsense=1', headers: bearer(mine.tokens[has]) });
    expect(response.status).toBe(403);
    if (method !== 'HEAD') expect(await response.text()).toContain(`\\"${scope}\\"`);
  });

  test.each(scopes.filter((has) => holds(has, scope)))('lets a token to %s in', async (has) => {
    const of = method === 'DELETE' ? { ...mine, tokenId: 'none', tenant: 'none' } : mine;
    const response = await call(route, { of, query: 'nonsense=1', headers: bearer(mine.tokens[has]) });
    expect(response.status).not.toBe(401);
    expect(await response.text()).not.toContain('This needs the scope');
  });

  test.each(scopes.filter((has) => holds(has, scope)))(
    'does not let a token to %s into another tenant',
    async (has) => {
      const response = await call(route, { query: `tenant=${theirs}`, headers: bearer(mine.tokens[has]) });
      expect(response.status).toBe(403);
    },
  );

  if (path.includes('{') && !path.startsWith('/ingest') && !path.startsWith('/es')) {
    test('does not know what belongs to another tenant', async () => {
      const response = await call(route, { of: others, headers: bearer(mine.tokens.admin) });
      expect([403, 404]).toContain(response.status);
    });
  }

  if (method === 'GET') {
    test.each(scopes.filter((has) => holds(has, scope)))(
      'shows a token to %s what is its own, as described, and nothing of another tenant',
      async (has) => {
        const headers = { ...bearer(mine.tokens[has]), 'last-event-id': '0' };
        const response = await call(route, { headers });
        expect(response.status).toBe(200);
        const text = await textOf(response, streams, enough(path));
        expect(text).not.toContain(theirs);
        if (named.has(path)) expect(text).toContain(ours);
        if (schema !== undefined) expect(Compile(schema).Errors(JSON.parse(text))).toEqual([true, []]);
      },
    );
  }
});

describe('a person who acts in one tenant', () => {
  // An administrator of the default tenant may know which tenants there are.
  const telling = new Set(['/api/session', '/api/tenants']);
  const { cookie } = server.admin;

  test.each(byName(reading.filter(({ path, scope }) => scope !== 'ingest' && !telling.has(path))))(
    'sees nothing of another at %s',
    async (_, route) => {
      const query = `tenant=${ours}&${needed[route.path] ?? ''}`;
      const response = await call(route, { query, headers: { cookie, 'last-event-id': '0' } });
      expect(response.status).toBe(200);
      expect(await textOf(response, route.streams, enough(route.path))).not.toContain(theirs);
    },
  );

  test('cannot send events: their tenant comes from a token', async () => {
    const { csrf } = server.admin;
    const headers = { cookie, 'x-gatescope-csrf': csrf };
    expect((await call({ method: 'POST', path: '/ingest' }, { query: '', headers })).status).toBe(403);
  });

  test.each(
    byName(
      guarded.filter(({ method, path }) => !['GET', 'HEAD'].includes(method) && !path.startsWith('/es')),
    ),
  )('is not fooled by another site into %s', async (_, route) => {
    const response = await call(route, { query: 'nonsense=1', headers: { cookie } });
    expect(response.status).toBe(403);
  });
});

/** An answer without what differs from call to call: times, how long it took, and lines of comment. */
const withoutTime = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replaceAll(/"took":[\d.]+/g, '"took":0');

describe('how much another tenant sends', () => {
  const open = reading.filter(({ scope }) => scope !== 'ingest');
  const answersTo = (scopeHeld: TenantScope) =>
    Promise.all(
      open
        .filter(({ scope }) => scope !== undefined && holds(scopeHeld, scope))
        .map(async (route) => {
          const headers = { ...bearer(mine.tokens[scopeHeld]), 'last-event-id': '0' };
          const text = await textOf(await call(route, { headers }), route.streams, enough(route.path));
          return [route.path, withoutTime(text)] as const;
        }),
    );

  test.each(['read', 'read:raw', 'admin'] as const)('shows in no answer to a token to %s', async (scope) => {
    const before = await answersTo(scope);
    const record = (index: number) => JSON.stringify({ message: `more ${scope} ${index}` });
    const records = Array.from({ length: 700 }, (_, index) => record(index));
    const broken = records.map((each) => `${each.slice(0, -1)}`);
    const headers = bearer(others.tokens.ingest);
    await call({ method: 'POST', path: '/ingest' }, { headers, body: [...records, ...broken].join('\n') });
    await expect
      .poll(
        async () => {
          const count = {
            from: 'now-1d',
            to: 'now',
            measures: ['count'],
            filter: `message:"more ${scope} 699"`,
          };
          const asked = { headers: bearer(others.tokens.read), body: JSON.stringify(count) };
          return (
            (await (await call({ method: 'POST', path: '/api/query' }, asked)).json()) as { totals: number[] }
          ).totals;
        },
        { timeout: 20_000 },
      )
      .toEqual([1]);
    await sleep(100);
    expect(await answersTo(scope)).toEqual(before);
  });

  test('cannot be asked about by positions', async () => {
    const headers = bearer(mine.tokens.admin);
    for (const query of ['filter=position:>5', 'filter=NOT%20position:*'])
      expect((await call({ method: 'GET', path: '/api/events' }, { headers, query })).status).toBe(403);
    expect(
      (await call({ method: 'GET', path: '/api/values' }, { headers, query: 'field=position' })).status,
    ).toBe(403);
    for (const more of [{ by: ['position'] }, { filter: 'position:>5' }]) {
      const body = JSON.stringify({ from: 'now-1d', to: 'now', measures: ['count'], ...more });
      expect((await call({ method: 'POST', path: '/api/query' }, { headers, body })).status).toBe(403);
    }
  });
});

describe('a token to installation', () => {
  const make = async (tenant: string, headers: Record<string, string>, more: Scope[] = []) => {
    const body = JSON.stringify({ name: 'scrape', scopes: ['installation', ...more] });
    return call({ method: 'POST', path: '/api/tokens' }, { headers, query: `tenant=${tenant}`, body });
  };
  const asAdmin = { cookie: server.admin.cookie, 'x-gatescope-csrf': server.admin.csrf };

  test('sees the figures of all, and no event', async () => {
    const made = await make('default', asAdmin);
    const headers = bearer(((await made.json()) as { secret: string }).secret);
    const text = await (await call({ method: 'GET', path: '/metrics' }, { headers })).text();
    expect(text).toMatch(/^gatescope_journal_end \d+$/m);
    for (const tenant of [ours, theirs]) expect(text).toContain(`tenant="${tenant}"`);
    const status = (await (await call({ method: 'GET', path: '/api/status' }, { headers })).json()) as object;
    expect(status).toMatchObject({
      disk: { free: expect.any(Number) },
      journal: { end: expect.any(Number) },
    });
    const refused = reading.filter(({ path }) => path !== '/metrics' && path !== '/api/status');
    for (const route of refused) expect((await call(route, { headers })).status).toBe(403);
  });

  test('is given in the default tenant alone', async () => {
    expect((await make(ours, bearer(mine.tokens.admin))).status).toBe(400);
    expect((await make(ours, asAdmin)).status).toBe(400);
  });

  test('shows positions beside a scope to read, and the way back from them', async () => {
    const made = await make('default', asAdmin, ['read']);
    const headers = bearer(((await made.json()) as { secret: string }).secret);
    const page = await call(
      { method: 'GET', path: '/api/events' },
      { headers, query: 'filter=position:>=0' },
    );
    const { events } = (await page.json()) as { events: { position: number }[] };
    expect(events[0]?.position).toEqual(expect.any(Number));
  });
});

test('after all of it the other tenant has everything it had', async () => {
  const headers = bearer(others.tokens.admin);
  expect((await call({ method: 'GET', path: '/api/events/{id}' }, { of: others, headers })).status).toBe(200);
  const entry = await call({ method: 'GET', path: '/api/quarantine/{id}' }, { of: others, headers });
  expect(await entry.json()).not.toHaveProperty('replayed');
  const { tokens } = (await (await call({ method: 'GET', path: '/api/tokens' }, { headers })).json()) as {
    tokens: { id: string; revoked?: string }[];
  };
  expect(tokens).toHaveLength(scopes.length);
  expect(tokens.filter(({ revoked }) => revoked !== undefined)).toEqual([]);
});
