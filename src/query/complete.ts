/**
 * What can be written at a place of a filter: names of fields, then the operators of that field, then its values. The
 * values themselves come from the store; here is said which field and which prefix to ask it for.
 */
import type { Field, Fields } from './fields.ts';

export interface Completion {
  /** The part of the text that a choice replaces, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** What is written there so far, without quotes and escapes. */
  readonly prefix: string;
  readonly choices: readonly Choice[];
  /** Present where a value is due: ask the store for the most frequent ones with `prefix`. */
  readonly valuesOf?: Field;
}

export interface Choice {
  /** What replaces the part. */
  readonly text: string;
  readonly label: string;
  readonly doc: string;
  readonly kind: 'field' | 'operator' | 'value' | 'keyword';
}

const keywords: readonly Choice[] = [
  ['AND', 'both must hold'],
  ['OR', 'one of both must hold'],
  ['NOT', 'must not hold'],
].map(([word, doc]) => ({ text: `${word} `, label: word as string, doc: doc as string, kind: 'keyword' }));

/** Choices are in the order to show them in; at most 50 fields. */
export function complete(text: string, caret: number, fields: Fields): Completion {
  const from = wordStart(text, caret);
  const word = text.slice(from, caret);
  const negation = /^-+/.exec(word)?.[0].length ?? 0;
  const colon = /^-*[\p{L}_@][\p{L}\p{N}_.@-]*:/u.exec(word)?.[0];
  if (colon !== undefined)
    return inValue(text, from + colon.length, caret, colon.slice(negation, -1), fields);
  const group = openGroup(text, from);
  if (group !== undefined) return inValue(text, from + negation, caret, group, fields);
  return inField(word.slice(negation), from + negation, caret, fields, from > 0 && negation === 0);
}

/** Start of the word at the caret; blanks in quotes do not end it. */
function wordStart(text: string, caret: number): number {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < caret; at++) {
    const character = text[at] as string;
    if (character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && /[\s()]/.test(character)) start = at + 1;
  }
  return Math.min(start, caret);
}

/** The field whose parentheses `at` is in, as in `status:(500 OR |`. */
function openGroup(text: string, at: number): string | undefined {
  const opened: (string | undefined)[] = [];
  let quoted = false;
  for (let index = 0; index < at; index++) {
    const character = text[index];
    if (character === '\\') index++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(')
      opened.push(/([\p{L}_@][\p{L}\p{N}_.@-]*):\s*$/u.exec(text.slice(0, index))?.[1] ?? opened.at(-1));
    else if (character === ')') opened.pop();
  }
  return opened.at(-1);
}

function inField(prefix: string, from: number, to: number, fields: Fields, afterTerm: boolean): Completion {
  const wanted = prefix.toLowerCase();
  const rank = (field: Field): number => {
    const name = field.name.toLowerCase();
    return name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : 2;
  };
  const found = [0, 1].flatMap((order) => fields.all.filter((field) => rank(field) === order)).slice(0, 50);
  const words = afterTerm ? keywords.filter(({ label }) => label.startsWith(prefix.toUpperCase())) : [];
  return {
    from,
    to,
    prefix,
    choices: [
      ...found.map(
        (field): Choice => ({
          text: `${field.name}:`,
          label: field.name,
          doc: describe(field),
          kind: 'field',
        }),
      ),
      ...words,
    ],
  };
}

const describe = (field: Field): string =>
  field.unit === undefined
    ? field.doc
    : `${field.doc} In ${field.unit === 'us' ? 'microseconds, or 250ms' : 'bytes, or 1MB'}.`;

function inValue(text: string, from: number, to: number, name: string, fields: Fields): Completion {
  const written = text.slice(from, to);
  const field = fields.find(name);
  const prefix = written.startsWith('"')
    ? written.slice(1).replace(/\\(.)/g, '$1')
    : written.replace(/\\(.)/g, '$1');
  if (!field.ok) return { from, to, prefix, choices: [] };
  const choices = operators(field.value).filter(
    ({ text: operator }) => written === '' || operator.startsWith(written),
  );
  const plain = !/^[><[{/]/.test(written);
  return { from, to, prefix, choices, ...(plain && hasValues(field.value) ? { valuesOf: field.value } : {}) };
}

const hasValues = (field: Field): boolean =>
  field.kind !== 'time' && field.kind !== 'flag' && field.name !== 'raw';

function operators(field: Field): Choice[] {
  const operator = (text: string, doc: string): Choice => ({ text, label: text, doc, kind: 'operator' });
  const present = operator('*', 'is present');
  switch (field.kind) {
    case 'flag':
      return [
        ...['true', 'false'].map((text): Choice => ({ text, label: text, doc: field.doc, kind: 'value' })),
        present,
      ];
    case 'integer':
    case 'number':
    case 'time':
      return [
        operator('>=', 'at least'),
        operator('>', 'more than'),
        operator('<=', 'at most'),
        operator('<', 'less than'),
        operator('[', 'a range, such as [1 TO 5]'),
        present,
      ];
    default:
      return [present, operator('/', 'a regular expression, such as /^a.*z$/')];
  }
}
