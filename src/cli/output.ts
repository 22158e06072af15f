/** Results on standard output: a table for people, one JSON object a line (NDJSON) for programs. */
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import type { CliContext } from './context.ts';

export type OutputForm = 'json' | 'table';
export interface OutputOptions {
  readonly output?: OutputForm;
}

export const addOutput = (command: Command): Command =>
  command.addOption(
    new Option('-o, --output <form>', 'form of the result (default: table on a terminal, else json)').choices(
      ['json', 'table'],
    ),
  );

export const outputForm = ({ stdout }: CliContext, { output }: OutputOptions): OutputForm =>
  output ?? (stdout.isTTY === true ? 'table' : 'json');

/** A column of a table; numbers stand at the right. */
export interface TableColumn {
  readonly title: string;
  readonly right?: boolean;
}

/** What a gateway was sent may hold control characters that would rule the terminal. */
export const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant.
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');

/** Lines of equal columns, two spaces apart, none at the end. */
export function tableText(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map(plain));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    columns
      .map(({ right }, index) =>
        right === true
          ? (row[index] ?? '').padStart(widths[index]!)
          : (row[index] ?? '').padEnd(widths[index]!),
      )
      .join('  ')
      .trimEnd();
  return cells.map((row) => `${line(row)}\n`).join('');
}

/** Writes and waits while the reader is behind. */
export async function print({ stdout, stopping }: CliContext, text: string): Promise<void> {
  if (!stdout.write(text)) await once(stdout, 'drain', { signal: stopping }).catch(() => undefined);
}

export const printJson = (context: CliContext, value: unknown): Promise<void> =>
  print(context, `${JSON.stringify(value)}\n`);

/** One object as a table of two columns, or as one line of JSON. */
export function printFacts(
  context: CliContext,
  options: OutputOptions,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (outputForm(context, options) === 'json') return printJson(context, facts);
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  const lines = Object.entries(facts).map(
    ([name, value]) => `${name.padEnd(width)}  ${plain(String(value))}\n`,
  );
  return print(context, lines.join(''));
}
