import { describe, expect, test } from 'vitest';
import type { PublicRoute } from '../access/route.ts';
import { start } from './http-server.fixture.ts';
import type { Answered } from './http-server.ts';

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
    expect(lines.join('\n')).toContain('http-server.fixture.ts');
    expect(lines.join('\n')).not.toContain('a secret of the inside');
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
