/** The routes that ask the store, over the real engine: shapes, problems, tenants and masking. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Authenticate } from '../access/authenticate.ts';
import type { Route, Scope } from '../access/route.ts';
import type { Event } from '../core/event.ts';
import { encodeRow } from '../core/row.fixture.ts';
import { createFields } from '../query/fields.ts';
import { openStoreClient, type StoreClient } from '../store/engine/client.ts';
import { type Engine, startEngine } from '../store/engine/engine.ts';
import { createReader } from '../store/read.ts';
import { eventsTable, prepareSchema } from '../store/schema.ts';
import { eventsRoutes } from './events.ts';
import { fieldsRoutes } from './fields.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';
import { queryRoute } from './query.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const hour = 3_600e6;
const start = Date.parse('2026-03-01T10:00:00Z') * 1000;
const now = start + 3 * hour;
const strangeId = `a/b?c=ü&d ${'x'.repeat(300)}`;

const event = (id: string, fields: Partial<Event> = {}): Event => ({
  id,
  weight: 1,
  tenant: 'acme',
  time: start,
  received: start,
  vocabulary: 'otoroshi',
  type: 'GatewayEvent',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: `{"@id":"${id}"}`,
  ...fields,
});

const stored = [
  event('1', {
    service: 'orders',
    status: 200,
    duration: 10_000,
    clientIp: '203.0.113.77',
    consumer: 'alice',
  }),
  event('2', { service: 'orders', status: 503, outcome: 'failure', duration: 30_000, time: start + hour }),
  event('3', { service: 'users', status: 200, duration: 20_000, time: start + hour + 1 }),
  event(strangeId, { time: start + 2 * hour, type: 'AlertEvent', family: 'alert' }),
  event('twice', { type: 'One' }),
  event('twice', { type: 'Two' }),
  event('secret of theirs', { tenant: 'other', service: 'theirs', clientIp: '198.51.100.1' }),
];

let folder: string;
let engine: Engine;
let client: StoreClient;
let server: HttpServer;
let url: string;
let routes: Route[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-questions-'));
  engine = await startEngine({ folder, log: silent, clock: () => Date.now() * 1000 });
  client = openStoreClient(engine);
  await prepareSchema(engine);
  const rows = stored.map((one, position) => `${position}\t0\t${encodeRow(one)}\n`).join('');
  await client.command({ query: `INSERT INTO ${eventsTable} FORMAT TabSeparated\n${rows}` });
  const fields = createFields([]);
  const reader = createReader({
    client,
    clock: () => now,
    fields,
    journalEnd: () => stored.length,
    maskSecret: 'secret',
  });
  routes = [queryRoute(reader), ...eventsRoutes(reader), ...fieldsRoutes({ fields, reader })];
  const authenticate: Authenticate = async ({ headers: { authorization = '' } }) => {
    const [, tenant = '', scope] = authorization.split(' ');
    return { kind: 'token', id: 'id', name: 'a token', tenant, scopes: [scope as Scope] };
  };
  server = await createHttpServer({
    routes,
    authenticate,
    log: silent,
    newId: () => 'id',
    version: '1',
    basePath: '',
    trustedProxies: [],
    closing: new AbortController(),
  });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  await server?.close();
  await client?.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Calls, and holds a success to the schema that the route promises. */
async function call(method: string, path: string, as = 'acme read', body?: object) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.ok) {
    const plain = path.split('?')[0] as string;
    const route =
      routes.find((one) => one.url === plain) ?? routes.find((one) => one.url === '/api/events/:id');
    const schema = route?.schema?.response?.[200];
    if (schema === undefined) throw new Error(`${path} promises nothing`);
    expect(Compile(schema).Errors(answer)).toEqual([]);
  }
  return { status: response.status, answer };
}
const get = (path: string, as?: string) => call('GET', path, as);
const range = 'from=2026-03-01T10:00:00Z&to=2026-03-01T13:00:00Z';
const idsOf = (answer: Record<string, unknown>) => (answer.events as { id: string }[]).map(({ id }) => id);

describe('POST /api/query', () => {
  const question = {
    from: '2026-03-01T10:00:00Z',
    to: '2026-03-01T13:00:00Z',
    measures: ['count', 'errorRate'],
  };

  test('answers a frame with its columns, rows and meta', async () => {
    const body = { ...question, by: ['service'], filter: 'family:traffic service:*' };
    const { status, answer } = await call('POST', '/api/query', 'acme read', body);
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      columns: [
        { name: 'service', type: 'string', role: 'dimension' },
        { name: 'count', type: 'integer', role: 'measure' },
        { name: 'errorRate', type: 'number', role: 'measure' },
      ],
      rows: [
        ['orders', 2, 0.5],
        ['users', 1, 0],
      ],
      meta: { from: '2026-03-01T10:00:00.000Z' },
    });
  });

  test('never counts events of another tenant', async () => {
    const { answer } = await call('POST', '/api/query', 'acme read', { ...question, by: ['service'] });
    expect(JSON.stringify(answer)).not.toContain('theirs');
    const theirs = await call('POST', '/api/query', 'other read', question);
    expect(theirs.answer.rows).toEqual([[1, 0]]);
  });

  test('says what is wrong with a question, and where', async () => {
    const filter = { ...question, filter: 'status:>=5oo' };
    const refused = await call('POST', '/api/query', 'acme read', filter);
    expect(refused.status).toBe(400);
    expect(refused.answer).toMatchObject({ title: 'Invalid query', errors: [{ path: 'filter' }] });
    const unbounded = await call('POST', '/api/query', 'acme read', { measures: ['count'] });
    expect(unbounded.answer.errors).toEqual([
      { path: 'from', reason: 'is required' },
      { path: 'to', reason: 'is required' },
    ]);
  });
});

describe('GET /api/events', () => {
  test('gives the newest first, page by page, each event once', async () => {
    const first = await get(`/api/events?${range}&limit=2&filter=${encodeURIComponent('service:*')}`);
    expect(idsOf(first.answer)).toEqual(['3', '2']);
    const cursor = encodeURIComponent(first.answer.next as string);
    const second = await get(
      `/api/events?limit=2&cursor=${cursor}&filter=${encodeURIComponent('service:*')}`,
    );
    expect(idsOf(second.answer)).toEqual(['1']);
    expect(second.answer.next).toBeNull();
  });

  test('counts on request and shows only the columns asked for', async () => {
    const { answer } = await get(
      `/api/events?${range}&total=true&limit=1&order=oldest&columns=status,service`,
    );
    expect(answer.total).toBe(6);
    expect(Object.keys((answer.events as object[])[0] ?? {}).sort()).toEqual(
      ['id', 'received', 'service', 'status', 'time'].sort(),
    );
  });

  test('refuses a cursor of another filter and a limit beyond the bound', async () => {
    const { answer } = await get(`/api/events?${range}&limit=1`);
    const cursor = encodeURIComponent(answer.next as string);
    expect((await get(`/api/events?cursor=${cursor}&filter=status:200`)).status).toBe(400);
    expect((await get('/api/events?limit=5001')).status).toBe(400);
  });

  test('masks personal fields without read:raw, and refuses to filter by them', async () => {
    const masked = await get(`/api/events?${range}&filter=status:200&order=oldest&limit=1`);
    expect((masked.answer.events as object[])[0]).toMatchObject({ id: '1', clientIp: '203.0.113.x' });
    expect(JSON.stringify(masked.answer)).not.toContain('alice');
    const plain = await get(`/api/events?${range}&filter=clientIp:203.0.113.77`, 'acme read:raw');
    expect((plain.answer.events as object[])[0]).toMatchObject({
      clientIp: '203.0.113.77',
      consumer: 'alice',
    });
    const refused = await get(`/api/events?${range}&filter=clientIp:203.0.113.77`);
    expect(refused.status).toBe(403);
    expect(refused.answer.detail).toContain('read:raw');
  });
});

describe('GET /api/events/{id}', () => {
  test('finds an event whatever its id holds', async () => {
    const { status, answer } = await get(`/api/events/${encodeURIComponent(strangeId)}`);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ id: strangeId, type: 'AlertEvent' });
  });

  test('gives raw to those who may see it, and to nobody else', async () => {
    expect((await get('/api/events/1')).answer).not.toHaveProperty('raw');
    expect((await get('/api/events/1', 'acme read:raw')).answer.raw).toBe('{"@id":"1"}');
    expect((await get('/api/events/1', 'acme admin')).answer.raw).toBe('{"@id":"1"}');
  });

  test('lists the types where several share the id, and takes one', async () => {
    const several = await get('/api/events/twice');
    expect(several.status).toBe(409);
    expect(several.answer.errors).toEqual([
      { path: 'type', reason: 'One' },
      { path: 'type', reason: 'Two' },
    ]);
    expect((await get('/api/events/twice?type=Two')).answer.type).toBe('Two');
  });

  test('does not know the events of another tenant', async () => {
    expect((await get(`/api/events/${encodeURIComponent('secret of theirs')}`)).status).toBe(404);
    expect((await get(`/api/events/${encodeURIComponent('secret of theirs')}`, 'other read')).status).toBe(
      200,
    );
  });

  test('refuses an id beyond 512 bytes', async () => {
    expect((await get(`/api/events/${'x'.repeat(512)}`)).status).toBe(404);
    expect((await get(`/api/events/${encodeURIComponent('ü'.repeat(257))}`)).status).toBe(400);
    expect((await get(`/api/events/${'x'.repeat(513)}`)).status).toBe(400);
  });
});

describe('completion', () => {
  test('values come most frequent first, of this tenant alone', async () => {
    const { answer } = await get(`/api/values?field=service&${range}`);
    expect(answer.values).toEqual([
      { value: 'orders', count: 2 },
      { value: 'users', count: 1 },
    ]);
    expect((await get(`/api/values?field=service&prefix=us&${range}`)).answer.values).toHaveLength(1);
  });

  test('values of personal fields need read:raw', async () => {
    expect((await get(`/api/values?field=consumer&${range}`)).status).toBe(403);
    expect((await get(`/api/values?field=consumer&${range}`, 'acme read:raw')).answer.values).toEqual([
      { value: 'alice', count: 1 },
    ]);
  });

  test('fields say what they are, and measures what they count', async () => {
    const { answer } = await get('/api/fields');
    expect(answer.fields).toContainEqual(
      expect.objectContaining({ name: 'duration', kind: 'integer', unit: 'us', personal: false }),
    );
    expect(answer.measures).toContainEqual(expect.objectContaining({ name: 'duration.p95' }));
    expect(answer.measures).toContainEqual(expect.objectContaining({ name: 'errorRate' }));
  });

  test('the nearest time that has events is told, or that there is none', async () => {
    const near = await get(`/api/nearest?from=2026-03-01T12:59:00Z&filter=service:orders`);
    expect(near.answer).toEqual({ time: '2026-03-01T11:00:00.000000Z' });
    expect((await get('/api/nearest?filter=service:theirs')).answer).toEqual({ time: null });
  });
});
