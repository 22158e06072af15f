/** Routes of every kind and a server over them, for the tests of the server itself. */
import { text } from 'node:stream/consumers';
import Type from 'typebox';
import { afterEach } from 'vitest';
import { ApiError } from '../access/api-error.ts';
import type { GuardedRoute, Principal, PublicRoute, Scope } from '../access/route.ts';
import type { Log } from '../core/ports.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './http-server.ts';

/** Closed after each test. */
export const servers: HttpServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

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

/** A listening server over these routes; `call` sends `Bearer <scope>`. */
export async function start(options: Partial<HttpServerOptions> = {}) {
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
