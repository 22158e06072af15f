/** Makes the definition of a table again when the file is lost: from our statement, and the folder with its parts. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { database, statements } from './schema.ts';

const head = (table: string): string => `CREATE TABLE IF NOT EXISTS ${database}.${table} (`;

/** The names of its columns that the first part in the folder of a table tells; undefined without a part. */
async function columnsIn(folder: string): Promise<readonly string[] | undefined> {
  for (const part of await readdir(folder)) {
    const text = await readFile(join(folder, part, 'columns.txt'), 'utf8').catch(() => undefined);
    if (text !== undefined) return Array.from(text.matchAll(/^`([^`]+)` /gm), (match) => match[1] as string);
  }
  return undefined;
}

/**
 * The definition of `table` over that of the `folders` of tables whose parts have its columns, or over one that is empty when no
 * part is anybody's. Undefined: no statement, or not one folder.
 */
export async function rebuildDefinition(
  table: string,
  folders: readonly string[],
): Promise<string | undefined> {
  const statement = statements.find((text) => text.startsWith(head(table)));
  if (statement === undefined) return undefined;
  const body = statement.slice(head(table).length);
  const isColumn = (name: string): boolean => new RegExp(`^\\s*${name} `, 'm').test(body);
  const fitting: string[] = [];
  const empty: string[] = [];
  for (const folder of folders) {
    const columns = await columnsIn(folder);
    if (columns === undefined) empty.push(folder);
    else if (columns.every(isColumn)) fitting.push(folder);
  }
  const folder = fitting.length === 0 ? empty[0] : fitting.length === 1 ? fitting[0] : undefined;
  if (folder === undefined) return undefined;
  const settings = /\nSETTINGS /.test(body) ? ', ' : '\nSETTINGS ';
  const lines = body.replace('\n) ENGINE', '\n)\nENGINE');
  return `ATTACH TABLE _ UUID '${basename(folder)}'\n(${lines}${settings}index_granularity = 8192\n`;
}
