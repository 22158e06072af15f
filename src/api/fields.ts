/** What can be asked about: the fields, the measures, and the values that a field has. */
import Type, { type Static } from 'typebox';
import type { GuardedRoute } from '../access/route.ts';
import type { Fields } from '../query/fields.ts';
import { listMeasures } from '../query/measures.ts';
import type { Reader } from '../store/read.ts';
import { parametersOf } from './parameters.ts';
import { answerOrRefuse } from './query-problems.ts';
import { sightOf } from './sight.ts';

const ApiField = Type.Object({
  name: Type.String({ description: 'As filters, `by` and measures name it.' }),
  kind: Type.Enum(['text', 'integer', 'number', 'flag', 'time', 'list']),
  group: Type.String(),
  doc: Type.String(),
  unit: Type.Optional(Type.String({ description: 'In UCUM.' })),
  personal: Type.Boolean({ description: 'Masked without the scope read:raw.' }),
});
const ApiMeasure = Type.Object({
  name: Type.String(),
  doc: Type.String(),
  type: Type.Enum(['integer', 'number']),
  unit: Type.Optional(Type.String({ description: 'In UCUM.' })),
});

const ValuesParameters = parametersOf({
  field: Type.String({ minLength: 1, maxLength: 200 }),
  prefix: Type.Optional(Type.String({ maxLength: 500, description: 'Only values that begin so.' })),
  filter: Type.Optional(Type.String({ maxLength: 10_000, description: 'Only of events that pass it.' })),
  from: Type.Optional(Type.String({ maxLength: 64 })),
  to: Type.Optional(Type.String({ maxLength: 64 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: '20 by default.' })),
});

export interface FieldsParts {
  readonly fields: Fields;
  readonly reader: Pick<Reader, 'values'>;
}

export const fieldsRoutes = ({ fields, reader }: FieldsParts): GuardedRoute[] => [
  {
    method: 'GET',
    url: '/api/fields',
    doc: 'Every field that filters and groupings may name, and every measure.',
    tag: 'query',
    access: { scope: 'read' },
    schema: {
      querystring: parametersOf({}),
      response: { 200: Type.Object({ fields: Type.Array(ApiField), measures: Type.Array(ApiMeasure) }) },
    },
    handle: async () => ({
      fields: fields.all.map(({ source: _, ...field }) => field),
      measures: listMeasures(fields),
    }),
  },
  {
    method: 'GET',
    url: '/api/values',
    doc: 'The most frequent values of a field, for completion.',
    tag: 'query',
    access: { scope: 'read' },
    schema: {
      querystring: ValuesParameters,
      response: {
        200: Type.Object({
          values: Type.Array(
            Type.Object({
              value: Type.String(),
              count: Type.Integer({ description: 'Events that have it.' }),
            }),
          ),
        }),
      },
    },
    async handle({ principal, request, reply }) {
      const { tenant: _, ...asked } = request.query as Static<typeof ValuesParameters>;
      const values = await reader.values(principal.tenant, asked, sightOf(principal, reply));
      return { values: answerOrRefuse(values) };
    },
  },
];
