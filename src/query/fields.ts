/**
 * The fields that a filter or a grouping may name: the columns of the event, and the attributes that event types
 * declare. `attributes.x` names any attribute, declared or not.
 */
import { type ColumnGroup, type ColumnName, columns, type Unit } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';

/** integer and number are numeric; list is text of which there may be several. */
export type FieldKind = 'text' | 'integer' | 'number' | 'flag' | 'time' | 'list';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly doc: string;
  readonly group: ColumnGroup;
  /** Where the value is: a column of its own, the place in the journal, or an entry of `attributes`. */
  readonly source:
    | { readonly column: Exclude<ColumnName, 'attributes'> }
    | { readonly column: 'position' }
    | { readonly attribute: string };
  readonly unit?: Unit;
  readonly personal: boolean;
}

/** An attribute as an event type declares it. */
export interface DeclaredAttribute {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'flag';
  readonly doc: string;
  readonly unit?: Unit;
  readonly personal?: boolean;
}

export interface Fields {
  /** Columns in their order, then declared attributes by name. */
  readonly all: readonly Field[];
  /** The field of that name; otherwise a reason that suggests the nearest names. */
  find(name: string): Result<Field, string>;
}

const prefix = 'attributes.';

const ownFields: readonly Field[] = [
  ...columns.flatMap((column): Field[] =>
    column.kind === 'map'
      ? []
      : [
          {
            name: column.name,
            kind: column.kind,
            doc: column.description,
            group: column.group,
            source: { column: column.name as Exclude<ColumnName, 'attributes'> },
            ...(column.unit === undefined ? {} : { unit: column.unit }),
            personal: column.personal ?? false,
          },
        ],
  ),
  {
    name: 'position',
    kind: 'integer',
    doc: 'Place of the event in the journal.',
    group: 'identity',
    source: { column: 'position' },
    personal: false,
  },
];

const attributeField = (declared: DeclaredAttribute): Field => ({
  name: declared.name,
  kind: declared.kind,
  doc: declared.doc,
  group: 'rest',
  source: { attribute: declared.name },
  ...(declared.unit === undefined ? {} : { unit: declared.unit }),
  personal: declared.personal ?? false,
});

/**
 * The fields of an installation. An attribute with the name of a column is only reached as `attributes.x`; one that
 * event types declare in different kinds is text, and personal if any of them says so.
 */
export function createFields(attributes: readonly DeclaredAttribute[]): Fields {
  const declared = new Map<string, Field>();
  for (const attribute of attributes) {
    const field = attributeField(attribute);
    const before = declared.get(field.name);
    if (before === undefined) declared.set(field.name, field);
    else {
      const { unit, ...rest } = before;
      const same = before.kind === field.kind && unit === field.unit;
      declared.set(field.name, {
        ...(same ? before : { ...rest, kind: before.kind === field.kind ? before.kind : 'text' }),
        personal: before.personal || field.personal,
      });
    }
  }
  const byName = new Map(ownFields.map((field) => [field.name, field]));
  const extra = [...declared.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const field of extra) if (!byName.has(field.name)) byName.set(field.name, field);
  const all = [...byName.values()];

  function find(name: string): Result<Field, string> {
    const known = byName.get(name);
    if (known !== undefined) return ok(known);
    if (name.startsWith(prefix) && name.length > prefix.length) {
      const key = name.slice(prefix.length);
      return ok({
        ...(declared.get(key) ??
          attributeField({ name: key, kind: 'text', doc: 'An undeclared attribute.' })),
        name,
      });
    }
    return fail(unknownField(name, all));
  }
  return { all, find };
}

function unknownField(name: string, all: readonly Field[]): string {
  const near = nearest(
    name,
    all.map((field) => field.name),
  );
  const advice = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  return `there is no field ${name}; ${advice}${prefix}${name} names an undeclared attribute`;
}

/** At most three of `names`, nearest first: those that differ in a few letters, or contain `name`. */
export function nearest(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  return names
    .map((candidate) => {
      const other = candidate.toLowerCase();
      const apart = distance(wanted, other);
      const contained = wanted.length >= 3 && (other.includes(wanted) || wanted.includes(other));
      return { candidate, apart: contained ? Math.min(apart, 1.5) : apart };
    })
    .filter(({ apart }) => apart <= Math.max(1, Math.min(3, wanted.length / 3)))
    .sort((a, b) => a.apart - b.apart)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
  }
  return row[b.length] as number;
}
