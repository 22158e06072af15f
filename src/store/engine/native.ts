/**
 * The ClickHouse library of the npm package `chdb`, as this folder uses it: one folder of data, many connections.
 *
 * The addon is loaded below its JavaScript, because that shares one session between statements: a statement then waits
 * for the one before it, and closing a session waits for every call of the process. A connection of its own for each
 * request costs 0.3 ms and isolates settings, parameters and cursors.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Opaque: a connection, and a cursor of a streamed result. */
type Handle = object;

export interface QueryOutcome {
  readonly bytes: Buffer;
  /** Seconds. */
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

interface Addon {
  CreateConnection(folder: string, args?: readonly string[]): Handle;
  CloseConnection(connection: Handle): void;
  QueryWithConnection(connection: Handle, sql: string, format: string): string;
  QueryAsyncConnection(connection: Handle, sql: string, format: string): Promise<QueryOutcome>;
  StreamQuery(connection: Handle, sql: string, format: string): Handle;
  StreamFetch(stream: Handle): Promise<{ readonly done: boolean; readonly bytes: Buffer }>;
  StreamCancel(stream: Handle): void;
}

/**
 * One connection: its own settings, parameters and cursor. One statement at a time; to be closed only when none runs,
 * else the engine aborts. Every failure is thrown with the engine's message, which begins with `Code: N.`.
 */
export interface Connection {
  /** Runs on the calling thread: for SET, USE and KILL, which take microseconds and must pass a full thread pool. */
  now(sql: string): string;
  query(sql: string, format: string): Promise<QueryOutcome>;
  /** `statement` ends in `FORMAT name`; the rows are read from the file at `path`. `rowsRead` are the rows inserted. */
  insert(statement: string, path: string): Promise<QueryOutcome>;
  /**
   * Pieces of a result as the reader asks for them, for formats without a header. Constant subqueries run at once on
   * the calling thread. Ending the iteration early cancels the query.
   */
  stream(sql: string, format: string): AsyncGenerator<Buffer, void, void>;
  close(): void;
}

export interface Native {
  connect(): Connection;
}

/** Loads the library and opens `folder`; throws with the reason when another process has it. */
export function openNative(folder: string, args: readonly string[]): Native {
  const require = createRequire(import.meta.url);
  // The loader is outside the package's exports, so it is addressed by its path.
  const loader = require(join(dirname(require.resolve('chdb')), 'dist', 'loader.js')) as {
    loadNative(): Addon;
  };
  const addon = loader.loadNative();
  // The first connection carries the settings of the process and keeps the engine open between requests.
  const first = addon.CreateConnection(folder, args);
  if (!first) throw new Error(`The engine could not open ${folder}.`);
  return { connect: () => connection(addon, addon.CreateConnection(folder)) };
}

function connection(addon: Addon, handle: Handle): Connection {
  return {
    now: (sql) => addon.QueryWithConnection(handle, sql, 'TabSeparated'),
    query: (sql, format) => addon.QueryAsyncConnection(handle, sql, format),
    insert: (statement, path) =>
      addon.QueryAsyncConnection(handle, fromFile(statement, path), 'TabSeparated'),
    stream: (sql, format) => stream(addon, handle, sql, format),
    close: () => addon.CloseConnection(handle),
  };
}

const formatAtEnd = /\bFORMAT\s+(\w+)\s*$/i;
const inputFunction = /\binput\(('(?:[^'\\]|\\.)*')\)/i;

/** The statement with its rows in a file. The table function `input`, which the library lacks, becomes `file`. */
function fromFile(statement: string, path: string): string {
  const format = formatAtEnd.exec(statement)?.[1];
  return inputFunction.test(statement)
    ? statement
        .replace(formatAtEnd, '')
        .replace(inputFunction, (_, structure: string) => `file('${path}', '${format}', ${structure})`)
    : statement.replace(formatAtEnd, `FROM INFILE '${path}' FORMAT ${format}`);
}

async function* stream(addon: Addon, handle: Handle, sql: string, format: string) {
  const cursor = addon.StreamQuery(handle, sql, format);
  try {
    while (true) {
      const piece = await addon.StreamFetch(cursor);
      if (piece.done) return;
      yield piece.bytes;
    }
  } finally {
    addon.StreamCancel(cursor);
  }
}
