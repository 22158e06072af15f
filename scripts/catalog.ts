/** The reference pages of what Gatescope understands and hides, made from the parts themselves. */
import { columns } from '../src/core/event.ts';
import type { EventType, Identity, Vocabulary } from '../src/core/spec.ts';
import type { RedactionRule } from '../src/ingest/redact-rules.ts';
import { type DescribedField, describedFields } from '../src/vocabularies/fields.ts';

const identityText = (identity: Identity): string => {
  if (identity.by === 'native') return identity.paths.map((path) => `\`${path}\``).join(' and ');
  return identity.by === 'content' ? 'a hash of its content' : 'where it was read';
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const marksOf = ({ notes, required }: DescribedField): string =>
  [
    required && 'required',
    notes.personal === true && 'personal',
    notes.secret === true && 'redacted',
    notes.attribute === true && 'attribute',
  ]
    .filter((mark) => mark !== false)
    .join(', ');

const fieldRow = (field: DescribedField): string => {
  const { kind, unit, description } = field.notes;
  const shown = unit === undefined ? kind : `${kind}, ${unit}`;
  return `| \`${field.path.join('.')}\` | ${shown} | ${marksOf(field)} | ${cell(description)} |`;
};

/** The columns that the example fills, in the order of the event. */
function filledColumns(type: EventType): string {
  const filled = type.normalise(type.example) as Readonly<Record<string, unknown>>;
  return columns
    .filter(({ name }) => filled[name] !== undefined && name !== 'attributes')
    .map(({ name }) => `\`${name}\``)
    .join(', ');
}

/** One row for each name under which records of a type in a general form come. */
const namesTable = ({ names = [] }: EventType): string[] =>
  names.length === 0
    ? []
    : [
        'Its names, each of which is the `action` of the event; `*` stands for what varies, and other names are taken too:',
        '',
        '| name | family | severity | outcome | meaning |',
        '|---|---|---|---|---|',
        ...names.map(
          ({ name, family, severity, outcome, doc }) =>
            `| \`${name}\` | ${family ?? ''} | ${severity} | ${outcome} | ${cell(doc)} |`,
        ),
        '',
      ];

const typeSection = (vocabulary: Vocabulary, type: EventType): string[] => [
  `### ${vocabulary.name}: ${type.name}`,
  '',
  `${type.doc} Family ${type.family}; identified by ${identityText(type.identity)}.`,
  '',
  '| field | kind | | meaning |',
  '|---|---|---|---|',
  ...describedFields(type.fields.properties).map(fieldRow),
  '',
  ...namesTable(type),
  `The example fills ${filledColumns(type)}.`,
  '',
  '```json',
  JSON.stringify(type.example, null, 2),
  '```',
  '',
];

const outcomeTable = [
  '| what the record says | outcome | severity |',
  '|---|---|---|',
  '| refused by the gateway before the backend | denied | warning |',
  '| it cannot tell who answered, and the status is 401, 403 or 429 | denied | warning |',
  '| status 500 and above, or the gateway failed | failure | error |',
  '| any other status from 400 to 499 | clientError | notice |',
  '| any other status | success | info |',
  '| no status | unknown | info |',
];

/** Markdown; ends with a line feed. */
export const catalogPage = (vocabularies: readonly Vocabulary[]): string =>
  [
    '# Vocabularies',
    '',
    'Generated from `src/vocabularies`; do not edit.',
    '',
    'What each gateway sends, field by field. A field marked attribute is searchable under its own name; an unknown field',
    'at the top of a record becomes an attribute too; everything stays in `raw`. Only a required field can send a record to',
    'quarantine.',
    '',
    '## Outcome',
    '',
    ...outcomeTable,
    '',
    ...vocabularies.flatMap((vocabulary) => [
      `## ${vocabulary.name}`,
      '',
      vocabulary.doc,
      '',
      ...vocabulary.types.flatMap((type) => typeSection(vocabulary, type)),
    ]),
  ].join('\n');

const namesOf = ({ names = [], endings = [] }: RedactionRule): string =>
  [...names, ...endings.map((ending) => `*${ending}`)].map((name) => `\`${name}\``).join(', ');

/** Markdown; ends with a line feed. */
export const redactionPage = (rules: readonly RedactionRule[]): string =>
  [
    '# Redaction',
    '',
    'Generated from `src/ingest/redact-rules.ts`; do not edit.',
    '',
    'Secrets are replaced by `[redacted]` in the received bytes before anything is written; every other byte stays as it',
    'was sent. Names are compared without case and without `-` and `_`; `*` stands for any beginning. True, false, null',
    'and empty values stay.',
    '',
    '| rule | covers | names | example |',
    '|---|---|---|---|',
    ...rules.map(
      (rule) => `| ${rule.name} | ${cell(rule.doc)} | ${namesOf(rule)} | \`${cell(rule.example.record)}\` |`,
    ),
    '',
  ].join('\n');
