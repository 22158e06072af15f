/** `gatescope catalog`: what is understood, from the list of event types down to the fields of one. Needs no server. */
import type { Command } from 'commander';
import type { EventType, Vocabulary } from '../core/spec.ts';
import { withDerived } from '../folds/derived.ts';
import { folds } from '../folds/index.gen.ts';
import { nearest } from '../settings/nearest.ts';
import {
  catalogLines,
  exampleColumns,
  identityText,
  kindText,
  marksOf,
  valueText,
} from '../vocabularies/describe.ts';
import { describedFields } from '../vocabularies/fields.ts';
import { fallback, own, vocabularies } from '../vocabularies/index.gen.ts';
import { recordSchema } from '../vocabularies/json-schema.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson, tableText } from './output.ts';

const everyVocabulary: readonly Vocabulary[] = withDerived([...vocabularies, fallback, own], folds);

/** What was asked for under that name, or what to say when there is none. */
function named<T extends { readonly name: string }>(
  things: readonly T[],
  name: string,
  what: string,
): T | string {
  const found = things.find((thing) => thing.name === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    things.map((thing) => thing.name),
  );
  return meant === undefined
    ? `There is no ${what} ${name}.`
    : `There is no ${what} ${name}; did you mean ${meant}?`;
}

async function list(context: CliContext, options: OutputOptions, some: readonly Vocabulary[]): Promise<void> {
  const rows = catalogLines(some).map(({ vocabulary, type, name, family, doc }) => ({
    vocabulary: vocabulary.name,
    type: type.name,
    ...(name === undefined ? {} : { name: name.name }),
    family,
    identity: identityText(type.identity),
    doc,
  }));
  if (outputForm(context, options) === 'json') for (const row of rows) await printJson(context, row);
  else {
    const titles = ['vocabulary', 'type', 'name', 'family', 'doc'].map((title) => ({ title }));
    const cells = rows.map(({ vocabulary, type, name = '', family, doc }) => [
      vocabulary,
      type,
      name,
      family,
      doc,
    ]);
    await print(context, tableText(titles, cells));
  }
}

function typeText(vocabulary: Vocabulary, type: EventType): string {
  const fields = describedFields(type.fields.properties).map((field) => [
    field.path.join('.'),
    kindText(field),
    marksOf(field).join(', '),
    field.notes.description,
  ]);
  const names = (type.names ?? []).map(({ name, family, doc }) => [name, family ?? type.family, doc]);
  const filled = exampleColumns(type).map((filled) => [filled.column.name, valueText(filled)]);
  return [
    `${vocabulary.name} ${type.name}: ${type.doc}\n`,
    `Family ${type.family}; identified by ${identityText(type.identity)}.\n`,
    ...(type.aliases === undefined ? [] : [`Also comes as ${type.aliases.join(' and ')}.\n`]),
    '\n',
    ...(names.length === 0
      ? []
      : [tableText([{ title: 'name' }, { title: 'family' }, { title: 'meaning' }], names), '\n']),
    tableText([{ title: 'field' }, { title: 'kind' }, { title: '' }, { title: 'meaning' }], fields),
    '\n',
    tableText([{ title: 'column' }, { title: 'in the example' }], filled),
    '\n',
    `${JSON.stringify(type.example)}\n`,
  ].join('');
}

async function show(
  context: CliContext,
  options: OutputOptions,
  vocabularyName: string | undefined,
  typeName: string | undefined,
): Promise<ExitCode> {
  const refuse = (message: string) => complain(context, { code: exit.usage, message });
  if (vocabularyName === undefined) {
    await list(context, options, everyVocabulary);
    return exit.done;
  }
  const vocabulary = named(everyVocabulary, vocabularyName, 'vocabulary');
  if (typeof vocabulary === 'string') return refuse(vocabulary);
  if (typeName === undefined) {
    await list(context, options, [vocabulary]);
    return exit.done;
  }
  const type = named(vocabulary.types, typeName, `event type of ${vocabulary.name}`);
  if (typeof type === 'string') return refuse(type);
  if (outputForm(context, options) === 'json') await printJson(context, recordSchema(vocabulary, type));
  else await print(context, typeText(vocabulary, type));
  return exit.done;
}

const examples = `
Without arguments it lists every event type; with a vocabulary its types; with a type also the fields, an example and
the columns that it fills. In JSON a type is its JSON Schema, the same as at /schemas.

Examples:
  $ gatescope catalog
  $ gatescope catalog otoroshi -o table
  $ gatescope catalog nginx access -o json
`;

export function catalog(command: Command, context: CliContext): void {
  addOutput(command)
    .argument('[vocabulary]', 'a vocabulary, such as otoroshi')
    .argument('[type]', 'an event type of it, such as GatewayEvent')
    .addHelpText('after', examples)
    .action(async (vocabulary: string | undefined, type: string | undefined, options: OutputOptions) =>
      context.ended(await show(context, options, vocabulary, type)),
    );
}
