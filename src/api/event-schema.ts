/** The JSON of an event in the API, for the description: the columns, in the forms the API writes them in. */
import Type, { type TSchema } from 'typebox';
import { type Column, columns } from '../core/event.ts';

const forms: Readonly<Record<Column['kind'], (notes: { description: string }) => TSchema>> = {
  text: (notes) => Type.String(notes),
  integer: (notes) => Type.Integer(notes),
  flag: (notes) => Type.Boolean(notes),
  time: (notes) => Type.String({ ...notes, format: 'date-time' }),
  list: (notes) => Type.Array(Type.String(), notes),
  map: (notes) => Type.Record(Type.String(), Type.String(), notes),
};

const inner = new Set(['raw', 'rawEncoding']);

const described = columns
  .filter(({ name }) => !inner.has(name))
  .map((column) => {
    const { description, unit, personal } = column;
    const masked = personal === true ? ' Masked without the scope read:raw.' : '';
    const measured = unit === undefined ? '' : ` In ${unit === 'us' ? 'microseconds' : 'bytes'}.`;
    const form = forms[column.kind]({ description: `${description}${measured}${masked}` });
    return [column.name, Type.Optional(form)];
  });

/** What is absent in the record is absent here. */
export const EventJson = Type.Object({
  position: Type.Optional(
    Type.Integer({
      description: 'Place in the journal, which counts all tenants. Needs the scope installation.',
    }),
  ),
  ...(Object.fromEntries(described) as Record<string, TSchema>),
});

export const WholeEventJson = Type.Object({
  ...EventJson.properties,
  raw: Type.Optional(
    Type.String({ description: 'As received, secrets redacted. Needs the scope read:raw.' }),
  ),
  rawBase64: Type.Optional(Type.String({ description: 'Instead of raw, when it is not valid UTF-8.' })),
});
