import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Type from 'typebox';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiError } from '../access/api-error.ts';
import type { GuardedRoute, Principal, PublicRoute, Scope } from '../access/route.ts';
import type { Log } from '../core/ports.ts';
import { type Answered, createHttpServer, type HttpServer, type HttpServerOptions } from './http-server.ts';

const folders: string[] = [];
const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

const principals: Readonly<Record<string, Principal>> = Object.fromEntries(
  (['ingest', 'read', 'read:raw', 'admin'] as Scope[]).map((scope) => [
    `Bearer ${scope}`,
    { kind: 'token', id: scope, name: `a token to ${scope}`, tenant: 'default', scopes: [scope] },
  ]),
);

const open: readonly PublicRoute[] = [
  {
    method: 'GET',
    url: '/open',
    doc: 'Open to all.',
    tag: 'test',
    access: { public: 'a test needs one.' },
    handle: async () => ({ open: true }),
  },
  {
    method: 'GET',
    url: '/refuse',
    doc: 'Refuses.',
    tag: 'test',
    access: { public: 'a test needs one.' },
    handle: async () => {
      throw new ApiError(503, 'Not now', 'Come back later.', { retryAfter: 7 });
    },
  },
  {
    method: 'GET',
    url: '/break',
    doc: 'Breaks.',
    tag: 'test',
    access: { public: 'a test needs one.' },
    handle: async () => {
      throw new Error('a secret of the inside');
    },
  },
];

const guarded: readonly GuardedRoute[] = [
  {
    method: 'GET',
    url: '/api/things/:id',
    doc: 'One thing.',
    tag: 'test',
    access: { scope: 'read' },
    schema: {
      params: Type.Object({ id: Type.String() }),
      querystring: Type.Object(
        {
          limit: Type.Optional(Type.Integer({ minimum: 1 })),
          order: Type.Optional(Type.Enum(['up', 'down'])),
        },
        { additionalProperties: false },
      ),
      response: { 200: Type.Object({ id: Type.String() }) },
    },
    handle: async ({ request, principal }) => ({
      id: (request.params as { id: string }).id,
      limit: (request.query as { limit?: number }).limit,
      tenant: principal.tenant,
    }),
  },
  {
    method: 'POST',
    url: '/api/things',
    doc: 'Make a thing.',
    tag: 'test',
    access: { scope: 'admin' },
    schema: {
      body: Type.Object(
        { name: Type.String({ minLength: 1 }), parts: Type.Array(Type.Object({ size: Type.Integer() })) },
        { additionalProperties: false },
      ),
    },
    handle: async ({ request }) => request.body,
  },
  {
    method: 'POST',
    url: '/sink',
    doc: 'Takes any bytes.',
    tag: 'test',
    access: { scope: 'ingest' },
    body: 'stream',
    handle: async ({ request }) => ({ bytes: (await text(request.raw)).length }),
  },
  {
    method: 'GET',
    url: '/es/_guarded',
    doc: 'Answers in another dialect.',
    tag: 'test',
    access: { scope: 'ingest' },
    handle: async () => ({}),
  },
];

async function start(options: Partial<HttpServerOptions> = {}) {
  const lines: string[] = [];
  const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: () => {}, info: write, warn: write, error: write };
  let ids = 0;
  const server = await createHttpServer({
    routes: [...open, ...guarded],
    authenticate: async (request) => principals[request.headers.authorization ?? ''],
    log,
    newId: () => `request-${++ids}`,
    version: '1.2.3',
    basePath: '',
    trustedProxies: [],
    closing: new AbortController(),
    ...options,
  });
  servers.push(server);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const call = (path: string, scope?: Scope, init: RequestInit = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { ...(scope === undefined ? {} : { authorization: `Bearer ${scope}` }), ...init.headers },
    });
  const post = (path: string, scope: Scope, body: string, type = 'application/json') =>
    call(path, scope, { method: 'POST', body, headers: { 'content-type': type } });
  return { url, call, post, lines, server };
}

describe('access', () => {
  test('a public route answers anybody', async () => {
    const { call } = await start();
    expect(await (await call('/open')).json()).toEqual({ open: true });
  });

  test('a guarded route asks for credentials', async () => {
    const { call } = await start();
    const answer = await call('/api/things/1');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gatescope"');
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('a wrong scope is refused by naming the right one', async () => {
    const { call } = await start();
    const answer = await call('/api/things/1', 'ingest');
    expect(answer.status).toBe(403);
    expect(((await answer.json()) as { detail: string }).detail).toContain('"read"');
  });

  test('admin holds every scope, and read:raw holds read', async () => {
    const { call } = await start();
    expect((await call('/api/things/1', 'admin')).status).toBe(200);
    expect((await call('/api/things/1', 'read:raw')).status).toBe(200);
    expect((await call('/api/things/1', 'read')).status).toBe(200);
  });

  test('nobody learns from validation what a route they may not call expects', async () => {
    const { call } = await start();
    expect((await call('/api/things/1?limit=none')).status).toBe(401);
  });
});

describe('requests', () => {
  test('parameters arrive converted, ids decoded whatever they hold', async () => {
    const { call } = await start();
    const id = `a/b ü?${'x'.repeat(500)}`;
    const answer = await call(`/api/things/${encodeURIComponent(id)}?limit=3`, 'read');
    expect(await answer.json()).toEqual({ id, limit: 3, tenant: 'default' });
  });

  test('a wrong parameter is named with its reason', async () => {
    const { call } = await start();
    const answer = await call('/api/things/1?limit=0&order=sideways&colour=red', 'read');
    expect(answer.status).toBe(400);
    const { errors } = (await answer.json()) as { errors: { path: string; reason: string }[] };
    expect(errors).toContainEqual({ path: 'colour', reason: 'is not known here; see /openapi.json' });
    expect(errors).toContainEqual({ path: 'order', reason: 'must be one of up, down' });
    expect(errors.map(({ path }) => path)).toContain('limit');
  });

  test('a wrong body is named field by field', async () => {
    const { post } = await start();
    const answer = await post('/api/things', 'admin', '{"parts":[{"size":1},{"size":"big"}]}');
    const { errors } = (await answer.json()) as { errors: { path: string; reason: string }[] };
    expect(errors).toContainEqual({ path: 'name', reason: 'is required' });
    expect(errors).toContainEqual({ path: 'parts.1.size', reason: 'must be integer' });
  });

  test.each([
    ['broken JSON', '{"name":', 'application/json', 400],
    ['a missing body', '', 'application/json', 400],
    ['__proto__ in JSON', '{"name":"x","parts":[],"__proto__":{"admin":true}}', 'application/json', 400],
    ['another content type', 'name=x', 'application/x-www-form-urlencoded', 415],
    ['a body over 1 MB', JSON.stringify({ name: 'x'.repeat(1_100_000), parts: [] }), 'application/json', 413],
  ])('%s is a problem with its status', async (_, body, type, status) => {
    const { post } = await start();
    const answer = await post('/api/things', 'admin', body, type);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      status,
      detail: expect.any(String),
      title: expect.any(String),
    });
  });

  test('a stream route gets its bytes unread, of any content type and size', async () => {
    const { post } = await start();
    const body = 'x'.repeat(3_000_000);
    for (const type of [
      'application/json',
      'application/x-ndjson',
      'text/plain',
      'application/x-www-form-urlencoded',
    ]) {
      expect(await (await post('/sink', 'ingest', body, type)).json()).toEqual({ bytes: body.length });
    }
  });

  test('a refusal by a handler keeps its words and says when to come back', async () => {
    const { call } = await start();
    const answer = await call('/refuse');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await answer.json()).toEqual({
      type: 'urn:gatescope:problem:not-now',
      title: 'Not now',
      status: 503,
      detail: 'Come back later.',
    });
  });

  test('a bug is a 500 that tells the log and not the caller', async () => {
    const { call, lines } = await start();
    const answer = await call('/break');
    const body = await answer.text();
    expect(answer.status).toBe(500);
    expect(body).not.toContain('secret of the inside');
    expect(body).toContain(answer.headers.get('x-request-id') as string);
    expect(lines.join('\n')).toContain('a secret of the inside');
  });

  test('an unknown address is a problem, another method is told which ones there are', async () => {
    const { call } = await start();
    const missing = await call('/api/nothing');
    expect(missing.status).toBe(404);
    expect(missing.headers.get('content-type')).toContain('application/problem+json');
    const method = await call('/api/things', 'admin');
    expect(method.status).toBe(405);
    expect(method.headers.get('allow')).toBe('POST');
  });

  test('a path that is no percent-encoding is a problem too', async () => {
    const { call } = await start();
    const answer = await call('/api/things/%E0%A4%A', 'read');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('errors below a foreign prefix are written in its dialect', async () => {
    const shape = {
      prefix: '/es',
      headers: { 'x-elastic-product': 'Elasticsearch' },
      body: ({ status, detail }: { status: number; detail: string }) => ({
        error: { reason: detail },
        status,
      }),
    };
    const { call } = await start({ errorShapes: [shape] });
    for (const [path, status] of [
      ['/es/_guarded', 401],
      ['/es/_nowhere', 404],
      ['//es///_guarded', 401],
    ] as const) {
      const answer = await call(path);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
      expect(await answer.json()).toMatchObject({ status, error: { reason: expect.any(String) } });
    }
    expect((await call('/essential')).headers.get('x-elastic-product')).toBeNull();
  });

  test('every answer carries a request id and the security headers', async () => {
    const { call } = await start();
    for (const path of ['/open', '/api/things/1', '/nowhere']) {
      const { headers } = await call(path);
      expect(headers.get('x-request-id')).toMatch(/^request-\d+$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  test('answered requests are observed by pattern, not by address', async () => {
    const seen: Answered[] = [];
    const { call, server } = await start({ observe: (answered) => seen.push(answered) });
    await call('/api/things/12', 'read');
    await call('/nowhere/at/all');
    await server.close();
    expect(seen.map(({ route, status }) => [route, status])).toEqual([
      ['/api/things/:id', 200],
      ['other', 404],
    ]);
  });

  test('routes and web page live below the base path', async () => {
    const { call, url } = await start({ basePath: '/scope' });
    expect(url).toMatch(/\/scope$/);
    expect((await call('/open')).status).toBe(200);
    expect((await fetch(new URL('/open', url))).status).toBe(404);
  });

  test('only trusted proxies are believed about the caller', async () => {
    const echo: PublicRoute = {
      method: 'GET',
      url: '/who',
      doc: 'Who calls.',
      tag: 'test',
      access: { public: 'a test needs one.' },
      handle: async ({ request }) => ({ ip: request.ip }),
    };
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const closed = await start({ routes: [echo] });
    expect(await (await closed.call('/who', undefined, { headers })).json()).toEqual({ ip: '127.0.0.1' });
    const open = await start({ routes: [echo], trustedProxies: ['127.0.0.1'] });
    expect(await (await open.call('/who', undefined, { headers })).json()).toEqual({ ip: '203.0.113.9' });
  });
});

describe('TLS', () => {
  const pem = (name: string) =>
    readFile(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

  test('with a certificate it speaks HTTPS, and tells browsers to stay there', async () => {
    const { url } = await start({ tls: { cert: await pem('cert'), key: await pem('key') } });
    expect(url).toMatch(/^https:/);
    const ca = await pem('cert');
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpsGet(`${url}/open`, { ca, agent: false }, resolve).on('error', reject);
    });
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d+$/);
    expect(JSON.parse(await text(answer))).toEqual({ open: true });
  });
});

describe('closing', () => {
  test('a running request is finished before the server has closed', async () => {
    let finish = () => {};
    let begun = () => {};
    const running = new Promise<void>((resolve) => (begun = resolve));
    const slow: PublicRoute = {
      method: 'GET',
      url: '/slow',
      doc: 'Slow.',
      tag: 'test',
      access: { public: 'a test needs one.' },
      handle: async () => {
        begun();
        await new Promise<void>((resolve) => (finish = resolve));
        return { done: true };
      },
    };
    const { call, server } = await start({ routes: [slow] });
    const answer = call('/slow');
    await running;
    const closed = server.close();
    finish();
    expect(await (await answer).json()).toEqual({ done: true });
    await closed;
  });

  test('a request that never ends does not keep the server from closing', async () => {
    let begun = () => {};
    const running = new Promise<void>((resolve) => (begun = resolve));
    const endless: PublicRoute = {
      method: 'GET',
      url: '/endless',
      doc: 'Endless.',
      tag: 'test',
      access: { public: 'a test needs one.' },
      handle: () => {
        begun();
        return new Promise(() => {});
      },
    };
    const { url, server } = await start({ routes: [endless] });
    const cut = new Promise((resolve) => httpRequest(`${url}/endless`).on('error', resolve).end());
    await running;
    await server.close(10);
    expect(await cut).toBeInstanceOf(Error);
  });

  test('listening beyond this machine without TLS is warned of', async () => {
    const { server, lines } = await start();
    await server.close();
    expect(lines).toEqual([]);
    const other = await createHttpServer({
      routes: [],
      authenticate: async () => undefined,
      log: { debug: () => {}, info: () => {}, error: () => {}, warn: (message) => void lines.push(message) },
      newId: () => 'id',
      version: '1',
      basePath: '',
      trustedProxies: [],
      closing: new AbortController(),
    });
    servers.push(other);
    await other.listen({ port: 0, host: '0.0.0.0' });
    expect(lines).toEqual([expect.stringContaining('without TLS')]);
  });
});

describe('the web app', () => {
  const html = '<!doctype html><html><head></head><body><script>start()</script></body></html>';
  async function build(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'gatescope-web-'));
    folders.push(folder);
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), html);
    await writeFile(join(folder, 'assets', 'app-1a2b.js'), 'start()');
    return folder;
  }
  const asBrowser = { headers: { accept: 'text/html,application/xhtml+xml' } };

  test('its page is at the root and at every address a browser opens', async () => {
    const { call } = await start({ web: await build() });
    for (const path of ['/', '/events', '/events/otoroshi/1?q=status:500']) {
      const answer = await call(path, undefined, asBrowser);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('start()');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('content-security-policy')).toMatch(
        /script-src 'self' 'sha256-[A-Za-z0-9+/]+='/,
      );
    }
  });

  test('a program that asks for what is not there gets a problem, not a page', async () => {
    const { call } = await start({ web: await build() });
    expect((await call('/api/nothing')).status).toBe(404);
    expect((await call('/assets/missing.js')).status).toBe(404);
  });

  test('hashed files are kept for ever, the page is asked for again and costs a 304', async () => {
    const { call } = await start({ web: await build() });
    const asset = await call('/assets/app-1a2b.js');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('etag')).toBeTruthy();
    const etag = (await call('/', undefined, asBrowser)).headers.get('etag') as string;
    const again = await call('/', undefined, { headers: { ...asBrowser.headers, 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test('relative addresses of one build work under a base path at any depth', async () => {
    const { call } = await start({ web: await build(), basePath: '/scope' });
    const page = await (await call('/events/1', undefined, asBrowser)).text();
    expect(page).toContain('<base href="/scope/">');
    expect((await call('/assets/app-1a2b.js')).status).toBe(200);
  });

  test('a base that the page names itself, for development, gives way', async () => {
    const folder = await build();
    await writeFile(join(folder, 'index.html'), '<html><head><base href="/" /></head></html>');
    const { call } = await start({ web: folder, basePath: '/scope' });
    const page = await (await call('/', undefined, asBrowser)).text();
    expect(page).toBe('<html><head><base href="/scope/"></head></html>');
  });

  test('files outside the folder cannot be reached', async () => {
    const { call } = await start({ web: await build() });
    expect((await call('/..%2f..%2fetc/passwd')).status).not.toBe(200);
    expect((await call('/%2e%2e/%2e%2e/etc/passwd')).status).not.toBe(200);
  });
});
