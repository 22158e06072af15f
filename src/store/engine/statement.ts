/**
 * What the child must know of a statement before it runs: which gate it goes through, in which format it answers, and
 * whether the answer can be streamed. And how a value is written into SET.
 */

export interface Statement {
  readonly sql: string;
  /** Probes pass every gate: readiness must be told while all places are taken. */
  readonly kind: 'probe' | 'read' | 'write';
  readonly format: string;
  /** An INSERT that takes its rows from the body of the request. */
  readonly takesBody: boolean;
  readonly streamable: boolean;
}

// The other formats repeat their header in each piece of a streamed result.
const piecewise = new Set([
  'JSONEachRow',
  'JSONCompactEachRow',
  'JSONStringsEachRow',
  'TSV',
  'TabSeparated',
  'CSV',
  'RowBinary',
  'Native',
]);

const comments = /^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/;
const probe = /^select\s+(?:'ping'|1)\s*(?:format\s+\w+)?\s*;?$/i;
const reading = /^(?:select|with|show|describe|desc|exists|explain|kill|\()/i;
const formatClause = /\bformat\s+([a-z]\w*)\s*(?:settings\s[^']*)?;?\s*$/i;
// A subquery may be a constant one, and that would be computed while the stream is opened, on the main thread.
const nested = /\(\s*(?:select|with)\b/i;

/** `answerFormat` is used where the statement names none. */
export function readStatement(text: string, answerFormat: string): Statement {
  const sql = text.replace(comments, '').trimEnd();
  const kind = probe.test(sql) ? 'probe' : reading.test(sql) ? 'read' : 'write';
  const named = formatClause.exec(sql)?.[1];
  const format = named ?? answerFormat;
  return {
    sql,
    kind,
    format,
    takesBody: named !== undefined && /^insert\b/i.test(sql),
    streamable: /^(?:select|with)\b/i.test(sql) && piecewise.has(format) && !nested.test(sql),
  };
}

/** A string literal. Source: ClickHouse documentation, syntax, string. */
export const literal = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;

/** An identifier in backquotes. */
export const identifier = (name: string): string =>
  `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
