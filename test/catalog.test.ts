/**
 * The catalog has every name of the four products' documentation: `fixtures/seed-names.json` lists, by vocabulary and
 * event type, the names under which its records come, the fields and the words (namespaces, kinds) that are documented.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

interface Documented {
  /** Names of alerts and audit actions; a `*` stands for what varies. */
  readonly names?: readonly string[];
  readonly fields?: readonly string[];
  readonly words?: readonly string[];
}
const documented: Readonly<Record<string, Readonly<Record<string, Documented>>>> = JSON.parse(
  read('fixtures/seed-names.json'),
);

/** Vocabulary, type and name of each row of the catalog's table. */
const rows = new Set(
  Array.from(
    read('../docs/reference/catalog.md').matchAll(/^\| (\S+) \| \[([^\]]+)\]\([^)]*\)(?: `([^`]+)`)? \|/gm),
    ([, vocabulary, type, name]) => [vocabulary, type, ...(name === undefined ? [] : [name])].join(' '),
  ),
);

/** What the page of the vocabulary says of the type; '' when there is none. */
function sectionOf(vocabulary: string, type: string): string {
  if (!rows.has(`${vocabulary} ${type}`)) return '';
  const sections = read(`../docs/reference/catalog/${vocabulary}.md`).split(/^## /m);
  return sections.find((section) => section.startsWith(`${type}\n`)) ?? '';
}

const says = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\w-])${word.replaceAll('.', '\\.')}(?![\\w-])`).test(text);

describe.each(Object.entries(documented))('the catalog of %s', (vocabulary, types) => {
  it('has a row for each documented type and name', () => {
    const wanted = Object.entries(types).flatMap(([type, { names = [] }]) => [
      `${vocabulary} ${type}`,
      ...names.map((name) => `${vocabulary} ${type} ${name}`),
    ]);
    expect(wanted.filter((row) => !rows.has(row))).toEqual([]);
  });

  it('describes every documented field and says every documented word', () => {
    const missing = Object.entries(types).flatMap(([type, { fields = [], words = [] }]) => {
      const section = sectionOf(vocabulary, type);
      const absent = [
        ...fields.filter((field) => !section.includes(`\n| \`${field}\` |`)),
        ...words.filter((word) => !says(section, word)),
      ];
      return absent.map((name) => `${type}: ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
