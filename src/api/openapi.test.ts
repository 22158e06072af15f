import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import { Compile } from 'typebox/schema';
import { expect, test } from 'vitest';
import type { Route } from '../access/route.ts';
import { createHttpServer } from './http-server.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly security?: unknown;
  readonly parameters: readonly { name: string; in: string }[];
  readonly requestBody: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Content {
  readonly content: Record<
    string,
    { schema: { required: string[]; properties: Record<string, { type: string }> } }
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly servers: unknown;
}

async function describe(routes: readonly Route[]) {
  const server = await createHttpServer({
    routes,
    authenticate: async () => undefined,
    log: silent,
    newId: () => 'id',
    version: '1.2.3',
    basePath: '/scope',
    trustedProxies: [],
    closing: new AbortController(),
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  await server.close();
  return document;
}

const routes: readonly Route[] = [
  {
    method: 'PUT',
    url: '/api/things/:id',
    doc: 'Make or change a thing.',
    tag: 'things',
    access: { scope: 'admin' },
    schema: {
      params: Type.Object({ id: Type.String({ description: 'Its id.' }) }),
      querystring: Type.Object({ dry: Type.Optional(Type.Boolean({ description: 'Only try.' })) }),
      body: Type.Object({ name: Type.String() }, { examples: [{ name: 'one' }] }),
      response: { 201: Type.Object({ id: Type.String() }) },
    },
    handle: async () => ({}),
  },
  {
    method: 'GET',
    url: '/stream',
    doc: 'A stream.',
    tag: 'things',
    access: { public: 'a test needs one.' },
    produces: 'text/event-stream',
    handle: async () => ({}),
  },
  {
    method: 'POST',
    url: '/any/*',
    doc: 'Anything.',
    tag: 'things',
    access: { public: 'a test needs one.' },
    body: 'stream',
    handle: async () => ({}),
  },
];

test('the description is valid OpenAPI 3.1', async () => {
  const schema = JSON.parse(
    await readFile(new URL('../../test/fixtures/openapi-3.1.schema.json', import.meta.url), 'utf8'),
  );
  const validator = Compile(schema);
  const document = await describe(routes);
  expect(validator.Errors(document)[1]).toEqual([]);
  expect(validator.Check({ ...document, paths: { things: 1 } })).toBe(false);
});

test('every operation says who may call it, and how it refuses', async () => {
  const { paths } = await describe(routes);
  const put = paths['/api/things/{id}']?.put as Operation;
  expect(put.description).toContain('`admin`');
  expect(put.operationId).toBe('putThingsId');
  expect(put.security).toContainEqual({ bearer: ['admin'] });
  expect(put.responses['401']).toEqual({ $ref: '#/components/responses/Problem' });
  expect(put.responses['201']?.content['application/json']?.schema.required).toEqual(['id']);
  expect(put.requestBody.content['application/json']?.schema.properties.name?.type).toBe('string');
  expect(put.parameters.map(({ name, in: place }) => [name, place])).toEqual([
    ['dry', 'query'],
    ['id', 'path'],
  ]);
  const stream = paths['/stream']?.get as Operation;
  expect(stream.security).toEqual([]);
  expect(stream.responses['401']).toBeUndefined();
  expect(Object.keys(stream.responses['200']?.content ?? {})).toEqual(['text/event-stream']);
});

test('addresses are given without the base path, which is the server', async () => {
  const { paths, servers } = await describe(routes);
  expect(servers).toEqual([{ url: '/scope' }]);
  expect(Object.keys(paths)).toEqual(['/api/things/{id}', '/stream', '/openapi.json', '/any/{rest}']);
});
