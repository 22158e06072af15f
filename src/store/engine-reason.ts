/**
 * Why the engine did not do something, without what it was given: its messages quote the text that it could not read,
 * and a row may hold what its reader may not see.
 */
import { ClickHouseError } from '@clickhouse/client';
import { rowColumns } from './schema.ts';

/** Codes of memory, disk, parts, time and load, whose messages speak of the engine alone. */
const ownState = new Set(
  [74, 75, 76, 158, 159, 160, 164, 173, 198, 202, 203, 209, 210, 236, 241, 242, 243, 252, 319, 394, 425].map(
    String,
  ),
);
const longest = 300;

/** The first column that the message says could not be read. */
function columnIn(message: string): string | undefined {
  const named = /(?:name: |column )['"`]?(\w+)/g;
  for (const [, name] of message.matchAll(named))
    if (rowColumns.some((column) => column === name)) return name;
  return undefined;
}

/** In the words of the engine's error codes (ClickHouse, src/Common/ErrorCodes.cpp). */
export function engineReason(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (!(error instanceof ClickHouseError)) {
    // What is no error of the engine is one of the connection, which has a code.
    const { code, name } = error as NodeJS.ErrnoException;
    return typeof code === 'string' ? `no answer (${code})` : `no answer (${name})`;
  }
  const { code, type = 'ERROR', message } = error;
  const what = `${type} (code ${code})`;
  if (ownState.has(code))
    return `${what}: ${message.split(/[\n:] ?(?:In scope|While)|\n/)[0]?.slice(0, longest)}`;
  const column = columnIn(message);
  return column === undefined ? what : `${what} in the column ${column}`;
}
