/** The YAML settings file: its values, and the line on which each of them stands. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { fail, ok, type Result } from '../core/result.ts';
import type { SettingsProblem } from './problem.ts';
import { readRegularText } from './regular-file.ts';

export interface SettingsFile {
  readonly file: string;
  /** Plain values; undefined for an empty file. */
  readonly value: unknown;
  /** 1-based line of the key or item at `path`, or of its nearest parent that is there. */
  lineOf(path: readonly (string | number)[]): number;
}

const reasonOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'may not be read by this user';
  return (error as Error).message;
};

/** A parser quotes the line, which may hold a password, behind a colon or in quotes. */
const withoutQuoted = (message: string): string =>
  message.replace(/: [\s\S]*$/, '').replace(/("|'|`)(?:(?!\1)[\s\S]){2,}\1?/g, '…');

/** The text of a file, or why it cannot be read. */
export function readText(file: string): Result<string, string> {
  try {
    return ok(readRegularText(file));
  } catch (error) {
    return fail(reasonOf(error));
  }
}

/** Reads and parses `file`; every YAML mistake is one problem with its line. */
export function readSettingsFile(file: string): Result<SettingsFile, SettingsProblem[]> {
  const text = readText(file);
  if (!text.ok) return fail([{ file, line: undefined, path: '', reason: text.error }]);
  const lines = new LineCounter();
  const document = parseDocument(text.value, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    return fail(
      document.errors.map((error) => ({
        file,
        line: lines.linePos(error.pos[0]).line,
        path: '',
        reason: withoutQuoted(error.message),
      })),
    );

  const lineOf = (path: readonly (string | number)[]): number => {
    let node: unknown = document.contents;
    let start = document.contents?.range?.[0] ?? 0;
    for (const step of path) {
      const pair = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
        : undefined;
      const item = isSeq(node) ? (node.items[Number(step)] as Node | undefined) : undefined;
      start = (pair?.key as Node | undefined)?.range?.[0] ?? item?.range?.[0] ?? start;
      node = pair?.value ?? item;
    }
    return lines.linePos(start).line;
  };
  return ok({ file, value: document.toJS() ?? undefined, lineOf });
}
