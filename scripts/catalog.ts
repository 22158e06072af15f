/** The reference pages of what Gatescope understands, made from the vocabularies themselves. */

import { elsewhere, ocsfClasses, releases } from '../src/core/elsewhere.ts';
import { columns } from '../src/core/event.ts';
import type { EventType, Vocabulary } from '../src/core/spec.ts';
import {
  type CatalogLine,
  catalogLines,
  exampleColumns,
  identityText,
  kindText,
  marksOf,
  valueText,
} from '../src/vocabularies/describe.ts';
import { type DescribedField, describedFields } from '../src/vocabularies/fields.ts';
import { cell, code, table } from './markdown.ts';

/** The fragment that GitHub gives a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const identity = (type: EventType): string => identityText(type.identity, code);

const fieldRow = (field: DescribedField): string[] => [
  code(field.path.join('.')),
  kindText(field),
  marksOf(field).join(', '),
  cell(field.notes.description),
];

const aliasText = ({ aliases = [] }: EventType): string[] =>
  aliases.length === 0 ? [] : [`Also comes as ${aliases.map(code).join(' and ')}.`, ''];

/** The names under which records of a general type come. */
const nameTable = ({ names = [], family }: EventType): string[] =>
  names.length === 0
    ? []
    : [
        'Its names, each of which is the `action` of the event; `*` stands for what varies, and other names are taken too:',
        '',
        ...table(
          ['name', 'family', 'severity', 'outcome', 'what it is'],
          names.map((known) => [
            code(known.name),
            known.family ?? family,
            known.severity,
            known.outcome,
            cell(known.doc),
          ]),
        ),
        '',
      ];

const typeSection = (type: EventType): string[] => [
  `## ${type.name}`,
  '',
  `${type.doc} Family ${type.family} (OCSF ${ocsfClasses[type.family].name}); identified by ${identity(type)}.`,
  '',
  ...aliasText(type),
  ...nameTable(type),
  ...table(['field', 'kind', '', 'meaning'], describedFields(type.fields.properties).map(fieldRow)),
  '',
  '```json',
  JSON.stringify(type.example, null, 2),
  '```',
  '',
  'This example fills:',
  '',
  ...table(
    ['column', 'value', 'OpenTelemetry', 'ECS', 'OCSF'],
    exampleColumns(type).map((filled) => {
      const { otel, ecs, ocsf } = elsewhere(filled.column.name);
      return [code(filled.column.name), cell(code(valueText(filled))), code(otel), code(ecs), code(ocsf)];
    }),
  ),
  '',
];

const generated = (from: string): string => `Generated from \`${from}\`; do not edit.`;

/** One page for each vocabulary: its types in full. Markdown; ends with a line feed. */
export const vocabularyPage = (vocabulary: Vocabulary): string =>
  [
    `# ${vocabulary.name}`,
    '',
    generated('src/vocabularies'),
    '',
    `${vocabulary.doc} All vocabularies: [catalog](../catalog.md); the columns: [columns](../columns.md).`,
    '',
    'A field marked attribute is searchable under its own name, one marked redacted never reaches the disk, one marked',
    'personal is masked for readers without the scope `read:raw`. Only a required field can send a record to quarantine.',
    '',
    ...vocabulary.types.flatMap(typeSection),
  ].join('\n');

const outcomes = table(
  ['what the record says', 'outcome', 'severity'],
  [
    ['refused by the gateway before the backend', 'denied', 'warning'],
    ['it cannot tell who answered, and the status is 401, 403 or 429', 'denied', 'warning'],
    ['status 500 and above, or the gateway failed', 'failure', 'error'],
    ['any other status from 400 to 499', 'clientError', 'notice'],
    ['any other status', 'success', 'info'],
    ['no status', 'unknown', 'info'],
  ],
);

const lineRow = ({ vocabulary, type, name, family, doc }: CatalogLine): string[] => [
  vocabulary.name,
  `[${type.name}](catalog/${vocabulary.name}.md#${anchor(type.name)})${name === undefined ? '' : ` ${code(name.name)}`}`,
  family,
  identity(type),
  cell(doc),
];

/** One table with a row for each event type and each name of a general one. Markdown; ends with a line feed. */
export const catalogPage = (vocabularies: readonly Vocabulary[]): string =>
  [
    '# Catalog',
    '',
    generated('src/vocabularies'),
    '',
    'Every event type that is understood, and the names under which records of a general type come. A type links to its fields, an example, and the [columns](columns.md) that the',
    'example fills. An unknown type is kept under its own name where its vocabulary is known, else as `generic`; an unknown',
    'field at the top of a record becomes an attribute; everything stays in `raw`. The same as JSON Schema: `GET /schemas`;',
    'on the command line: `gatescope catalog`.',
    '',
    '## Event types',
    '',
    ...table(
      ['vocabulary', 'type', 'family', 'identified by', 'what it is'],
      catalogLines(vocabularies).map(lineRow),
    ),
    '',
    '## Outcome',
    '',
    ...outcomes,
    '',
  ].join('\n');

/** Every column with its names elsewhere, and the classes of the families. Markdown; ends with a line feed. */
export const columnsPage = (): string =>
  [
    '# Columns',
    '',
    generated('src/core/event.ts` and `src/core/elsewhere.ts'),
    '',
    'What an event has, whatever gateway it comes from, and what others call it: OpenTelemetry (semantic conventions',
    `${releases.otel}; a name that begins with a capital is a field of the log record), the Elastic Common Schema`,
    `${releases.ecs} (durations in nanoseconds) and OCSF ${releases.ocsf} (durations and times in milliseconds). Here durations and times`,
    'are microseconds, sizes bytes. A column marked personal is masked for readers without the scope `read:raw`.',
    '',
    ...table(
      ['column', 'group', 'meaning', '', 'OpenTelemetry', 'ECS', 'OCSF'],
      columns.map(({ name, group, description, unit, personal }) => {
        const { otel, ecs, ocsf } = elsewhere(name);
        const marks = [unit ?? '', personal === true ? 'personal' : ''].filter((mark) => mark !== '');
        return [code(name), group, cell(description), marks.join(', '), code(otel), code(ecs), code(ocsf)];
      }),
    ),
    '',
    '## Families',
    '',
    ...table(
      ['family', 'OCSF class', 'class_uid'],
      Object.entries(ocsfClasses).map(([family, { name, uid }]) => [family, name, String(uid)]),
    ),
    '',
  ].join('\n');
