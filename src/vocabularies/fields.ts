/**
 * The fields of a record as an event type describes them. Kinds are for people, forms and the filter language: only a
 * required field is checked, so that a gateway that changes the kind of a field loses no event.
 */
import Type, { type TSchema } from 'typebox';
import type { GatewayRecord, Vocabulary } from '../core/spec.ts';
import type { DeclaredAttribute } from '../query/fields.ts';
import { textOf } from './reading.ts';

export type RecordFieldKind = 'text' | 'number' | 'flag' | 'time' | 'object' | 'list';

export interface FieldNotes {
  readonly description: string;
  readonly kind: RecordFieldKind;
  /** As the sender counts: `ns`, `ms`, `s`, `By`. */
  readonly unit?: 'ns' | 'ms' | 's' | 'By';
  readonly personal?: boolean;
  /** Of an object, or of a list of keys and values, whose members are not described: names of those that are personal. */
  readonly personalMembers?: readonly string[];
  /** Redacted before anything else sees it. */
  readonly secret?: boolean;
  /** Has no column and becomes an attribute under its path. */
  readonly attribute?: boolean;
  /** Texts by which the sender says that it does not know; they make no attribute. */
  readonly unknown?: readonly string[];
  /** Fields of an object. */
  readonly members?: Readonly<Record<string, TSchema>>;
}
type More = Omit<FieldNotes, 'description' | 'kind'>;

const optional =
  (kind: RecordFieldKind) =>
  (description: string, more: More = {}) =>
    Type.Optional(Type.Unknown({ description, kind, ...more }));

/** Fields that may be missing or of any kind. */
export const text = optional('text');
export const number = optional('number');
export const flag = optional('flag');
export const time = optional('time');
export const list = optional('list');
export const object = (
  description: string,
  members: Readonly<Record<string, TSchema>> = {},
  more: More = {},
) => optional('object')(description, { members, ...more });

/** Fields without which the record is none of its type. */
export const required = {
  text: (description: string, more: More = {}) =>
    Type.String({ description, kind: 'text', minLength: 1, ...more }),
  object: (description: string, members: Readonly<Record<string, TSchema>>) =>
    Type.Object({}, { description, kind: 'object', members }),
};

export interface DescribedField {
  /** Names from the top of the record. */
  readonly path: readonly string[];
  readonly notes: FieldNotes;
  readonly required: boolean;
}

/** Every field that `properties` describe, those of objects behind the object. */
export function describedFields(
  properties: Readonly<Record<string, TSchema>>,
  above: readonly string[] = [],
): DescribedField[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const notes = schema as unknown as FieldNotes;
    const path = [...above, name];
    const isRequired = !Type.IsOptional(schema);
    return [{ path, notes, required: isRequired }, ...describedFields(notes.members ?? {}, path)];
  });
}

/** Attributes of a record, read along the fields declared as such. Undefined when there are none. */
export function attributesReader(
  properties: Readonly<Record<string, TSchema>>,
): (record: GatewayRecord) => Record<string, string> | undefined {
  const declared = describedFields(properties)
    .filter(({ notes }) => notes.attribute === true)
    .map(({ path, notes }) => ({ name: path.join('.'), path, unknown: notes.unknown }));

  return function readAttributes(record) {
    let attributes: Record<string, string> | undefined;
    for (const { name, path, unknown } of declared) {
      let value: unknown = record;
      for (const part of path) {
        value = typeof value === 'object' && value !== null ? (value as GatewayRecord)[part] : undefined;
        if (value === undefined) break;
      }
      const isText =
        typeof value === 'string' && textOf(value) !== undefined && unknown?.includes(value) !== true;
      if (!isText && typeof value !== 'boolean' && !(typeof value === 'number' && value !== -1)) continue;
      attributes ??= {};
      attributes[name] = String(value);
    }
    return attributes;
  };
}

/** The attributes that the event types of `vocabularies` declare, for the filter language. */
export function declaredAttributes(vocabularies: readonly Vocabulary[]): DeclaredAttribute[] {
  return vocabularies
    .flatMap((vocabulary) => vocabulary.types)
    .flatMap((type) => describedFields(type.fields.properties))
    .filter(({ notes }) => notes.attribute === true)
    .map(({ path, notes }) => ({
      name: path.join('.'),
      kind: notes.kind === 'number' || notes.kind === 'flag' ? notes.kind : 'text',
      doc: notes.description,
      ...(notes.personal === undefined ? {} : { personal: notes.personal }),
    }));
}
