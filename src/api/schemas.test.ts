import { Compile } from 'typebox/schema';
import { expect, test } from 'vitest';
import type { Vocabulary } from '../core/spec.ts';
import { fallback, own, vocabularies } from '../vocabularies/index.gen.ts';
import { start } from './http-server.fixture.ts';
import { schemaRoutes } from './schemas.ts';

const everyVocabulary = [...vocabularies, fallback, own];
const types = everyVocabulary.flatMap((vocabulary) => vocabulary.types.map((type) => ({ vocabulary, type })));

interface Listed {
  readonly vocabulary: string;
  readonly type: string;
  readonly schema: string;
}

test('every event type is listed, and its schema is where the list says', async () => {
  const { call } = await start({ routes: schemaRoutes(everyVocabulary) });
  const { types: listed } = (await (await call('/schemas')).json()) as { types: Listed[] };
  expect(listed.map(({ vocabulary, type }) => `${vocabulary} ${type}`)).toEqual(
    types.map(({ vocabulary, type }) => `${vocabulary.name} ${type.name}`),
  );
  for (const { vocabulary, type, schema } of listed) {
    const answer = await call(`/${schema}`);
    expect(answer.headers.get('content-type')).toBe('application/schema+json; charset=utf-8');
    expect(await answer.json()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `urn:gatescope:schema:${vocabulary}:${encodeURIComponent(type)}`,
      title: `${vocabulary}: ${type}`,
    });
  }
});

test('a name with points and spaces has its schema too', async () => {
  const [first] = vocabularies as readonly [Vocabulary];
  const [type] = first.types;
  const odd = { ...first, name: 'odd', types: [{ ...type!, name: 'a.b c/d.json' }] };
  const { call } = await start({ routes: schemaRoutes([odd]) });
  const { types: listed } = (await (await call('/schemas')).json()) as { types: Listed[] };
  expect(listed[0]?.schema).toBe('schemas/odd/a.b%20c%2Fd.json.json');
  expect(((await (await call(`/${listed[0]?.schema}`)).json()) as { title: string }).title).toBe(
    'odd: a.b c/d.json',
  );
});

test('a type that there is not is a 404 that says where the list is', async () => {
  const { call } = await start({ routes: schemaRoutes(everyVocabulary) });
  for (const path of ['/schemas/nginx/nothing.json', '/schemas/nothing/access.json']) {
    const answer = await call(path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('/schemas lists them all') });
  }
});

test('a schema refuses what the door refuses, and nothing else', async () => {
  const { call } = await start({ routes: schemaRoutes(everyVocabulary) });
  for (const { vocabulary, type } of types) {
    const schema = await (await call(`/schemas/${vocabulary.name}/${type.name}.json`)).json();
    const published = Compile(schema as object);
    const door = Compile(type.fields);
    expect(published.Check(type.example)).toBe(true);
    for (const name of Object.keys(type.fields.properties))
      for (const value of [undefined, null, '', 'text', 7, true, [], {}]) {
        const { [name]: _, ...without } = type.example;
        const record = value === undefined ? without : { ...without, [name]: value };
        expect([name, value, published.Check(record)]).toEqual([name, value, door.Check(record)]);
      }
  }
});

test('a schema marks what is secret, personal or searchable, and says units', async () => {
  const { call } = await start({ routes: schemaRoutes(everyVocabulary) });
  const schema = await (await call('/schemas/flowgenx/access.json')).json();
  expect(schema).toMatchObject({
    required: ['request', 'access'],
    'x-family': 'traffic',
    'x-identity': { by: 'position' },
    properties: {
      consumer_id: { 'x-kind': 'text', 'x-personal': true },
      request: { type: 'object', properties: { ip: { 'x-personal': true } } },
      response: { properties: { duration_ms: { 'x-kind': 'number', 'x-unit': 'ms' } } },
    },
  });
});
