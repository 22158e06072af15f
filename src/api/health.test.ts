import { afterEach, expect, test } from 'vitest';
import type { Authenticate } from '../access/authenticate.ts';
import type { Scope } from '../access/route.ts';
import { type HealthParts, healthRoutes } from './health.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const servers: HttpServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** `Bearer <tenant>` is who asks. */
async function start(parts: Partial<HealthParts>): Promise<string> {
  const authenticate: Authenticate = async ({ headers: { authorization } }) =>
    authorization === undefined
      ? undefined
      : {
          kind: 'token',
          id: 'id',
          name: 'a',
          tenant: authorization.split(' ')[1] ?? '',
          scopes: [(authorization.split(' ')[2] ?? 'read') as Scope],
        };
  const server = await createHttpServer({
    routes: healthRoutes({ checks: [], metrics: async () => '', ...parts }),
    authenticate,
    log: silent,
    newId: () => 'id',
    version: '1',
    basePath: '',
    trustedProxies: [],
    closing: new AbortController(),
  });
  servers.push(server);
  return server.listen({ port: 0, host: '127.0.0.1' });
}

test('alive is whoever answers, ready or not, to GET and HEAD', async () => {
  const url = await start({ checks: [{ name: 'engine', check: async () => 'down' }] });
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect((await fetch(`${url}/livez`, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
});

test('ready says every reason why it is not, and becomes ready when they are gone', async () => {
  let recovering = true;
  const url = await start({
    checks: [
      { name: 'journal', check: async () => (recovering ? 'is being recovered' : undefined) },
      { name: 'engine', check: async () => (recovering ? 'does not answer' : undefined) },
      { name: 'disk', check: async () => undefined },
    ],
  });
  const answer = await fetch(`${url}/readyz`);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await answer.json()).toMatchObject({
    status: 503,
    detail: 'journal: is being recovered; engine: does not answer',
    errors: [
      { path: 'journal', reason: 'is being recovered' },
      { path: 'engine', reason: 'does not answer' },
    ],
  });
  recovering = false;
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
});

test('a check that hangs or breaks is not ready, and does not hang the answer', async () => {
  const url = await start({
    patience: 10,
    checks: [
      { name: 'hangs', check: () => new Promise(() => {}) },
      { name: 'breaks', check: () => Promise.reject(new Error('inside')) },
    ],
  });
  const { errors } = (await (await fetch(`${url}/readyz`)).json()) as { errors: unknown };
  expect(errors).toEqual([
    { path: 'hangs', reason: 'does not answer' },
    { path: 'breaks', reason: 'the check itself failed' },
  ]);
});

test('metrics are those of the tenant that asks, without the volume of all', async () => {
  const text = [
    '# HELP gatescope_events_total Events',
    'gatescope_events_total{tenant="acme",result="received"} 1',
    'gatescope_events_total{result="received",tenant="other"} 2',
    '# HELP gatescope_consumer_pending_events Events',
    'gatescope_consumer_pending_events{consumer="store"} 3',
    'gatescope_journal_bytes 5',
    'gatescope_store_ready 1',
    'process_cpu_seconds_total 4',
    '',
  ].join('\n');
  const url = await start({ metrics: async () => text });
  expect((await fetch(`${url}/metrics`)).status).toBe(401);
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer acme' } });
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(await answer.text()).toBe(
    [
      '# HELP gatescope_events_total Events',
      'gatescope_events_total{tenant="acme",result="received"} 1',
      'gatescope_store_ready 1',
      '',
    ].join('\n'),
  );
  const all = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer default installation' } });
  expect(await all.text()).toBe(text);
});
