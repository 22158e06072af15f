/** The reference page of the settings, made from the schema. */
import Type, { type TObject, type TSchema } from 'typebox';
import { variableOf } from './environment.ts';
import { type SettingNotes, Settings } from './settings.ts';

const kindOf = (schema: TSchema): string => {
  const { as } = schema as unknown as SettingNotes;
  if (as !== undefined) return as;
  const { enum: values, type } = schema as unknown as { enum?: string[]; type?: string };
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  return type === 'array' ? 'list' : (type ?? 'any');
};

const shown = (value: unknown): string => {
  if (value === undefined) return '';
  return typeof value === 'string' && value !== '' ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;
};

function rows(schema: TObject, path: readonly string[], inList: boolean): string[] {
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const at = [...path, name];
    if (Type.IsObject(property)) return rows(property, at, inList);
    const notes = property as unknown as SettingNotes;
    const variable = inList ? '' : `\`${variableOf(at)}\``;
    const file = !inList && notes.secret === true ? `, \`${variableOf(at)}_FILE\`` : '';
    const row = `| \`${at.join('.')}\` | ${kindOf(property)} | ${shown(notes.default)} | ${notes.description ?? ''} | ${variable}${file} |`;
    const item = Type.IsArray(property) ? (property.items as TSchema) : undefined;
    return item !== undefined && Type.IsObject(item)
      ? [row.replace(/\| `GATESCOPE_\w+` \|$/, '| |'), ...rows(item, [...path, `${name}[]`], true)]
      : [row];
  });
}

/** Markdown, the same for the same schema; ends with a line feed. */
export const settingsReference = (): string =>
  [
    '# Settings',
    '',
    'Generated from `src/settings/settings.ts`; do not edit.',
    '',
    'Settings come from a YAML file (`--config`, `GATESCOPE_CONFIG`, or `gatescope.yaml` in the working folder) and from',
    'environment variables, which win. `gatescope config check` names file, line and reason of each mistake.',
    '',
    'A duration is written `250ms`, `30s`, `15m`, `24h` or `30d`; a size `512KB`, `64MB` (10^6 bytes) or `64MiB` (2^20); a',
    'share `20%` or `0.2`. A path in the file is relative to the file, elsewhere to the working folder. In a variable, a',
    'list is parted by commas. A variable ending in `_FILE` names a file that holds the secret, and so does in the',
    'settings file the name of a secret with `File` behind it (`passwordFile`).',
    '',
    '| setting | kind | default | meaning | variable |',
    '|---|---|---|---|---|',
    ...rows(Settings, [], false),
    '',
  ].join('\n');
