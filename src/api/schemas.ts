/** `/schemas`: the JSON Schemas of the records that are understood, one for each event type. */
import Type, { type Static } from 'typebox';
import { ApiError } from '../access/api-error.ts';
import type { PublicRoute } from '../access/route.ts';
import { families } from '../core/event.ts';
import type { Vocabulary } from '../core/spec.ts';
import { identityText } from '../vocabularies/describe.ts';
import { type JsonSchema, recordSchema } from '../vocabularies/json-schema.ts';

const access = { public: 'tools fetch schemas without credentials, and they hold nothing of anybody.' };

const Listed = Type.Object({
  vocabulary: Type.String(),
  type: Type.String(),
  family: Type.Enum([...families]),
  identity: Type.String({ description: 'What tells one record from another.' }),
  doc: Type.String(),
  schema: Type.String({ description: 'Where its schema is, relative to this address.' }),
});

const Names = Type.Object({ vocabulary: Type.String(), type: Type.String() });

const addressOf = (vocabulary: string, type: string): string =>
  `schemas/${encodeURIComponent(vocabulary)}/${encodeURIComponent(type)}.json`;

/** `vocabularies`: all there are, in the order of the list. The schemas are made once, when the routes are. */
export function schemaRoutes(vocabularies: readonly Vocabulary[]): PublicRoute[] {
  const all = vocabularies.flatMap((vocabulary) => vocabulary.types.map((type) => ({ vocabulary, type })));
  const list: readonly Static<typeof Listed>[] = all.map(({ vocabulary, type }) => ({
    vocabulary: vocabulary.name,
    type: type.name,
    family: type.family,
    identity: identityText(type.identity),
    doc: type.doc,
    schema: addressOf(vocabulary.name, type.name),
  }));
  const schemas = new Map<string, JsonSchema>(
    all.map(({ vocabulary, type }) => [
      addressOf(vocabulary.name, type.name),
      recordSchema(vocabulary, type),
    ]),
  );

  return [
    {
      method: 'GET',
      url: '/schemas',
      doc: 'Every event type that is understood, and where its JSON Schema is.',
      tag: 'catalog',
      access,
      schema: { response: { 200: Type.Object({ types: Type.Array(Listed) }) } },
      handle: async () => ({ types: list }),
    },
    {
      method: 'GET',
      url: '/schemas/:vocabulary/:type.json',
      doc: 'JSON Schema (draft 2020-12) of the records of one event type: it refuses what the door refuses.',
      tag: 'catalog',
      access,
      produces: 'application/schema+json',
      schema: { params: Names, response: { 200: Type.Record(Type.String(), Type.Unknown()) } },
      async handle({ request, reply }) {
        const { vocabulary, type } = request.params as Static<typeof Names>;
        const schema = schemas.get(addressOf(vocabulary, type));
        if (schema === undefined)
          throw new ApiError(
            404,
            'No such schema',
            `There is no event type ${type} in ${vocabulary}; /schemas lists them all.`,
          );
        reply.type('application/schema+json; charset=utf-8');
        return schema;
      },
    },
  ];
}
