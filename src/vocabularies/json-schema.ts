/**
 * The JSON Schema (draft 2020-12) of the records of an event type. It refuses what the door refuses and nothing else:
 * only required fields have a type, since a gateway that changes the kind of a field must lose no event. What is
 * known of every field beside that is an annotation: `x-kind`, `x-unit` (as the sender counts), `x-personal`,
 * `x-secret` (redacted before anything else sees it), `x-attribute` (searchable under its path).
 */
import Type, { type TSchema } from 'typebox';
import type { EventType, Vocabulary } from '../core/spec.ts';
import type { FieldNotes } from './fields.ts';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const checks = ({
  type,
  minLength,
}: {
  readonly type?: string;
  readonly minLength?: number;
}): JsonSchema => ({
  ...(type === undefined ? {} : { type }),
  ...(minLength === undefined ? {} : { minLength }),
});

function fieldSchema(schema: TSchema): JsonSchema {
  const { description, kind, unit, personal, secret, attribute, members } = schema as unknown as FieldNotes;
  const isRequired = !Type.IsOptional(schema);
  return {
    description,
    ...(isRequired ? checks(schema) : {}),
    'x-kind': kind,
    ...(unit === undefined ? {} : { 'x-unit': unit }),
    ...(personal === true ? { 'x-personal': true } : {}),
    ...(secret === true ? { 'x-secret': true } : {}),
    ...(attribute === true ? { 'x-attribute': true } : {}),
    ...(members === undefined || Object.keys(members).length === 0
      ? {}
      : { properties: propertySchemas(members) }),
  };
}

const propertySchemas = (properties: Readonly<Record<string, TSchema>>): JsonSchema =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fieldSchema(schema)]));

/** The same for the same type; its `$id` names the type wherever it was fetched. */
export function recordSchema(vocabulary: Vocabulary, type: EventType): JsonSchema {
  const { properties } = type.fields;
  const required = Object.keys(properties).filter((name) => !Type.IsOptional(properties[name] as TSchema));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:gatescope:schema:${encodeURIComponent(vocabulary.name)}:${encodeURIComponent(type.name)}`,
    title: `${vocabulary.name}: ${type.name}`,
    description: type.doc,
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: propertySchemas(properties),
    examples: [type.example],
    'x-family': type.family,
    'x-identity': type.identity,
    ...(type.aliases === undefined ? {} : { 'x-aliases': type.aliases }),
    ...(type.names === undefined ? {} : { 'x-names': type.names.map(({ name }) => name) }),
  };
}
