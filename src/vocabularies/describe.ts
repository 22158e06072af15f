/** What the catalog says of an event type, in the words that the reference pages, the API and the command line share. */
import { type Column, columns, type Family } from '../core/event.ts';
import type { EventName, EventType, Identity, Vocabulary } from '../core/spec.ts';
import type { DescribedField } from './fields.ts';

/** What tells one event of the type from another; `path` writes the path of a field. */
export function identityText(identity: Identity, path = (name: string): string => name): string {
  if (identity.by === 'native') return identity.paths.map(path).join(' and ');
  if (identity.by === 'position') return 'where it was read';
  return identity.time === undefined
    ? 'its content'
    : `its content, or where it was read if ${path(identity.time)} is no finer than a millisecond`;
}

/** A line of the catalog: an event type, or a name under which records of a general type come. */
export interface CatalogLine {
  readonly vocabulary: Vocabulary;
  readonly type: EventType;
  readonly name?: EventName;
  readonly family: Family;
  readonly doc: string;
}

/** Every type in its order, each followed by its names. */
export const catalogLines = (vocabularies: readonly Vocabulary[]): CatalogLine[] =>
  vocabularies.flatMap((vocabulary) =>
    vocabulary.types.flatMap((type) => [
      { vocabulary, type, family: type.family, doc: type.doc },
      ...(type.names ?? []).map((name) => {
        return { vocabulary, type, name, family: name.family ?? type.family, doc: name.doc };
      }),
    ]),
  );

/** `number, ms`: the kind of a field and its unit. */
export const kindText = ({ notes: { kind, unit } }: DescribedField): string =>
  unit === undefined ? kind : `${kind}, ${unit}`;

/** What is to be known of a field beside its kind. */
export const marksOf = ({ notes, required }: DescribedField): string[] => [
  ...(required ? ['required'] : []),
  ...(notes.personal === true ? ['personal'] : []),
  ...(notes.secret === true ? ['redacted'] : []),
  ...(notes.attribute === true ? ['attribute'] : []),
];

export interface FilledColumn {
  readonly column: Column;
  /** As in memory: times in microseconds. */
  readonly value: unknown;
}

/** The columns that the example of the type fills and with what, in the order of the event; attributes apart. */
export function exampleColumns(type: EventType): FilledColumn[] {
  const filled = type.normalise(type.example) as Readonly<Record<string, unknown>>;
  return columns
    .map((column) => ({ column, value: filled[column.name] }))
    .filter(({ column, value }) => value !== undefined && value !== '' && column.kind !== 'map');
}

/** A value as people read it: times in RFC 3339, lists parted by commas. */
export function valueText({ column, value }: FilledColumn): string {
  if (column.kind === 'time') return new Date((value as number) / 1000).toISOString();
  return Array.isArray(value) ? value.join(', ') : String(value);
}
