/** A Condition as a predicate on events in memory: exporters, live tail and live figures ask this. */
import type { Event, StoredEvent } from '../core/event.ts';
import { addressBits } from './address.ts';
import { plainNumber } from './amounts.ts';
import type { Condition, FieldTest, Limit } from './bind.ts';
import type { Field } from './fields.ts';
import { asciiLower, globTest } from './glob.ts';
import { regexTest } from './regex-match.ts';

export type Predicate = (event: Event | StoredEvent) => boolean;

/** Compiles once; the predicate is pure and takes time linear in the event's text. */
export function matches(condition: Condition): Predicate {
  switch (condition.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const parts = condition.parts.map(matches);
      return (event) => parts.every((part) => part(event));
    }
    case 'or': {
      const parts = condition.parts.map(matches);
      return (event) => parts.some((part) => part(event));
    }
    case 'not': {
      const part = matches(condition.part);
      return (event) => !part(event);
    }
    case 'text': {
      const found = containsTest(condition.glob);
      const readers = condition.fields.map(reader);
      return (event) => readers.some((read) => textOf(read(event)).some((text) => found(asciiLower(text))));
    }
    case 'test': {
      const read = reader(condition.field);
      const test = valueTest(condition.test, condition.field);
      return (event) => {
        const value = read(event);
        return value !== undefined && value !== '' && test(value);
      };
    }
  }
}

type Value = string | number | boolean | readonly string[] | undefined;

/** The value of a field; undefined, '' and the empty list are missing. */
export function reader(field: Field): (event: Event | StoredEvent) => Value {
  const { source } = field;
  if ('column' in source) return (event) => (event as StoredEvent)[source.column];
  return (event) =>
    event.attributes !== undefined && Object.hasOwn(event.attributes, source.attribute)
      ? event.attributes[source.attribute]
      : undefined;
}

const textOf = (value: Value): readonly string[] =>
  value === undefined || value === '' ? [] : Array.isArray(value) ? value : [String(value)];

/** The glob has wild ends, so a plain word is a search for it. */
function containsTest(glob: Parameters<typeof globTest>[0]): (text: string) => boolean {
  const word = glob[1];
  return glob.length === 3 && typeof word === 'string' ? (text) => text.includes(word) : globTest(glob);
}

function valueTest(test: FieldTest, field: Field): (value: Exclude<Value, undefined>) => boolean {
  const anyText = (found: (text: string) => boolean) => (value: Value) =>
    textOf(value).some((text) => text !== '' && found(text));
  switch (test.op) {
    case 'present':
      return (value) => !Array.isArray(value) || value.length > 0;
    case 'is':
      return anyText((text) => text === test.value);
    case 'like':
      return anyText(globTest(test.glob));
    case 'regex':
      return anyText(regexTest(test.regex.node));
    case 'flag':
      return (value) => value === test.value || value === String(test.value);
    case 'within':
      return (value) => {
        const number =
          typeof value === 'number'
            ? value
            : 'attribute' in field.source
              ? plainNumber(value as string)
              : undefined;
        return number !== undefined && above(number, test.from) && below(number, test.to);
      };
    case 'network':
      return anyText((text) => {
        const bits = addressBits(text);
        return bits !== undefined && bits >= test.from && bits <= test.to;
      });
  }
}

const above = (value: number, from: Limit | undefined): boolean =>
  from === undefined || (from.inclusive ? value >= from.value : value > from.value);
const below = (value: number, to: Limit | undefined): boolean =>
  to === undefined || (to.inclusive ? value <= to.value : value < to.value);
