/**
 * Derived events: event types like all others, in the vocabulary of the events they come from. Only the server itself
 * can send them, as they come in by a street of their own.
 */
import Type, { type TSchema } from 'typebox';
import type { ColumnName, Family } from '../core/event.ts';
import type { EventType, GatewayRecord, Vocabulary } from '../core/spec.ts';
import { attributesReader, number, required, time } from '../vocabularies/fields.ts';
import { genericFields, normaliseGeneric } from '../vocabularies/generic.ts';
import { filled, textOf } from '../vocabularies/reading.ts';
import type { DerivedRecord, Fold } from './fold.ts';

/** What every derived record carries. */
const envelope = {
  vocabulary: required.text('The product whose words the inputs speak.'),
  type: required.text('Name of this event type.'),
  id: required.text('Computed from the ids of the inputs.'),
  causedBy: required.text('Id of the event that it comes from; of a derived one when it is taken back.'),
  depth: number('How many derivations lie between it and what a gateway sent.', { attribute: true }),
  time: time('When it happened, in microseconds since 1970.'),
  weight: number('How much it counts: 1, or -1 when it takes back what was said before.'),
};

export interface DerivedType {
  readonly name: string;
  readonly doc: string;
  readonly family: Family;
  /** Columns it fills, by members of their names. */
  readonly columns: readonly ColumnName[];
  /** Members of other names. */
  readonly fields?: Readonly<Record<string, TSchema>>;
  readonly example: DerivedRecord;
}

export function derivedType({ name, doc, family, columns, fields = {}, example }: DerivedType): EventType {
  const known: Readonly<Record<string, TSchema>> = genericFields;
  const ofColumns = Object.fromEntries(columns.map((column) => [column, known[column] as TSchema]));
  const properties = { ...envelope, ...ofColumns, ...fields };
  const readAttributes = attributesReader(properties);
  return {
    name,
    doc,
    family,
    identity: { by: 'native', paths: ['id'] },
    fields: Type.Object(properties),
    example,
    normalise: (record) => filled({ ...derivedColumns(record), attributes: readAttributes(record) }),
  };
}

/** The columns that the members of a derived record name. */
export const derivedColumns = (record: GatewayRecord) => ({
  ...normaliseGeneric(record),
  causedBy: textOf(record.causedBy),
  weight: typeof record.weight === 'number' ? record.weight : 1,
});

/** The derived event types of `folds` by vocabulary, for the street that alone takes them. */
export const derivedVocabularies = (folds: readonly Fold[]): readonly Vocabulary[] =>
  [...Map.groupBy(folds, ({ vocabulary }) => vocabulary)].map(([name, those]) => {
    const types = those.flatMap(({ makes }) => makes);
    const byName: ReadonlyMap<unknown, EventType> = new Map(types.map((type) => [type.name, type]));
    return {
      name,
      doc: `What is worked out from events of ${name}; nobody else can send it.`,
      types,
      recognise: ({ vocabulary, type }) => (vocabulary === name ? byName.get(type) : undefined),
    };
  });

/** Every vocabulary with the types that are derived in its words, for those who explain them. */
export function withDerived(
  vocabularies: readonly Vocabulary[],
  folds: readonly Fold[],
): readonly Vocabulary[] {
  const made = (name: string) =>
    folds.filter(({ vocabulary }) => vocabulary === name).flatMap(({ makes }) => makes);
  return vocabularies.map((vocabulary) => ({
    ...vocabulary,
    types: [...vocabulary.types, ...made(vocabulary.name)],
  }));
}
