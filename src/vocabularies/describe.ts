/** What the catalog says of an event type, in the words that the reference pages, the API and the command line share. */
import { type Column, columns } from '../core/event.ts';
import type { EventType, Identity } from '../core/spec.ts';
import type { DescribedField } from './fields.ts';

/** What tells one event of the type from another; `path` writes the path of a field. */
export function identityText(identity: Identity, path = (name: string): string => name): string {
  if (identity.by === 'native') return identity.paths.map(path).join(' and ');
  return identity.by === 'content' ? 'a hash of its content' : 'where it was read';
}

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
