/**
 * The part of the ClickHouse HTTP interface that `@clickhouse/client` uses, answered by the library in this process.
 *
 * Source: ClickHouse documentation, HTTP interface. What differs from a server: one user, no sessions, answers are not
 * compressed (the client accepts that), and an insert runs when all of its body is here, so that a client that dies in
 * the middle leaves no row.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Duplex, pipeline, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Gate } from './gate.ts';
import type { Connection, Native } from './native.ts';
import { type Spool, spool } from './spool.ts';
import { identifier, literal, readStatement, type Statement } from './statement.ts';

export interface HttpOptions {
  readonly native: Native;
  /** Where the rows of an insert may lie while they come in. */
  readonly folder: string;
  readonly username: string;
  readonly password: string;
  readonly reads: Gate;
  readonly writes: Gate;
}

// Parameters of the interface that are not settings of the engine.
const ownParameters = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'session_check',
  'wait_end_of_query',
  'buffer_size',
  'compress',
  'decompress',
  'role',
  'quota_key',
  'stacktrace',
  'readonly',
  'log_comment',
]);
// A statement longer than this must be announced (the engine's own default of max_query_size).
const announcedLength = 256 * 1024;

/** Answers requests; `killAll` cancels what runs. */
export function answerHttp(options: HttpOptions): {
  readonly listener: RequestListener;
  killAll(): void;
} {
  const admin = options.native.connect();
  const running = new Set<string>();
  const kill = (id: string): void => {
    admin.now(`KILL QUERY WHERE Settings['log_comment'] = ${literal(id)}`);
  };

  // A statement that is still being planned is not in the list of processes yet.
  const killUntilGone = async (id: string): Promise<void> => {
    while (running.has(id)) {
      kill(id);
      await setTimeout(250);
    }
  };

  const listener: RequestListener = (request, response) => {
    answer(request, response).catch((error: unknown) => refuse(response, error));
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    if (url.pathname === '/ping') {
      response.end('Ok.\n');
      return;
    }
    const parameters = url.searchParams;
    if (!allowed(request, parameters, options)) {
      request.resume();
      throw new Error('Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)');
    }
    const inUrl = parameters.get('query') ?? '';
    const answerFormat = String(
      request.headers['x-clickhouse-format'] ?? parameters.get('default_format') ?? 'TabSeparated',
    );
    const alone = readStatement(inUrl, answerFormat);
    if (!alone.takesBody) {
      const body = await buffer(decoded(request));
      const text = inUrl === '' ? body.toString() : `${inUrl}\n${body}`;
      const statement = body.length > 0 ? readStatement(text, answerFormat) : alone;
      return perform(response, parameters, statement);
    }
    const rows = await spool(options.folder, decoded(request));
    try {
      await perform(response, parameters, alone, rows);
    } finally {
      await rows.close();
    }
  }

  async function perform(
    response: ServerResponse,
    parameters: URLSearchParams,
    statement: Statement,
    rows?: Spool,
  ): Promise<void> {
    const id = parameters.get('query_id') || randomBytes(8).toString('hex');
    response.setHeader('X-ClickHouse-Query-Id', id);
    response.setHeader('X-ClickHouse-Format', statement.format);
    response.setHeader('X-ClickHouse-Timezone', 'UTC');

    // Who leaves is taken out of the queue. What runs is cancelled for readers only: an insert was asked for.
    const gone = new AbortController();
    const comment = `${id} ${randomBytes(6).toString('hex')}`;
    response.once('close', () => {
      gone.abort();
      if (!response.writableFinished && statement.kind === 'read') void killUntilGone(comment);
    });
    const deed = (): Promise<void> =>
      onConnection(options.native, comment, parameters, statement, (connection) =>
        rows === undefined
          ? run(connection, statement, parameters, response, gone.signal)
          : insert(connection, statement, rows, response),
      );
    running.add(comment);
    try {
      if (statement.kind === 'probe') return await deed();
      const gate = statement.kind === 'read' ? options.reads : options.writes;
      const passed = await gate.pass(deed, gone.signal);
      if (passed === undefined) {
        throw new Error(
          'Code: 202. DB::Exception: Too many statements wait already. (TOO_MANY_SIMULTANEOUS_QUERIES)',
        );
      }
    } finally {
      running.delete(comment);
    }
  }

  return {
    listener,
    killAll: () => {
      for (const id of running) kill(id);
    },
  };
}

function allowed(request: IncomingMessage, parameters: URLSearchParams, options: HttpOptions): boolean {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const pair = basic === undefined ? '' : Buffer.from(basic, 'base64').toString();
  const colon = pair.indexOf(':');
  const user =
    request.headers['x-clickhouse-user'] ?? (colon < 0 ? parameters.get('user') : pair.slice(0, colon));
  const password =
    request.headers['x-clickhouse-key'] ?? (colon < 0 ? parameters.get('password') : pair.slice(colon + 1));
  const given = Buffer.from(String(password ?? ''));
  const wanted = Buffer.from(options.password);
  return user === options.username && given.length === wanted.length && timingSafeEqual(given, wanted);
}

const decoders = new Map<string, () => Duplex>([
  ['gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['zstd', () => createZstdDecompress()],
]);

/** The body as it was before its `Content-Encoding`; ends with an error when the request breaks off. */
function decoded(request: IncomingMessage): Readable {
  const create = decoders.get(request.headers['content-encoding'] ?? '');
  return create === undefined ? request : pipeline(request, create(), () => {});
}

/** Opens a connection with the settings and parameters of the request, and closes it after the deed. */
async function onConnection(
  native: Native,
  comment: string,
  parameters: URLSearchParams,
  statement: Statement,
  deed: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = native.connect();
  try {
    const database = parameters.get('database');
    if (database !== null && database !== '') connection.now(`USE ${identifier(database)}`);
    const longest = Math.max(statement.sql.length, parameters.toString().length);
    if (longest > announcedLength / 4)
      connection.now(`SET max_query_size = ${longest * 8 + announcedLength}`);
    // All at once: each SET is a statement of its own, and takes as long as a small question.
    const settings = [...parameters].filter(([name]) => !ownParameters.has(name));
    const wanted = [['log_comment', comment] as const, ...settings];
    connection.now(
      `SET ${wanted.map(([name, value]) => `${identifier(name)} = ${literal(value)}`).join(', ')}`,
    );
    // Last, because it refuses every later SET.
    const readonly = parameters.get('readonly');
    if (readonly !== null) connection.now(`SET readonly = ${literal(readonly)}`);
    await deed(connection);
  } finally {
    connection.close();
  }
}

async function insert(
  connection: Connection,
  statement: Statement,
  rows: Spool,
  response: ServerResponse,
): Promise<void> {
  if (rows.bytes === 0) {
    response.end();
    return;
  }
  const { elapsed, rowsRead, bytesRead } = await connection.insert(statement.sql, rows.path);
  const written = { elapsed, rowsRead: 0, bytesRead: 0, rowsWritten: rowsRead, bytesWritten: bytesRead };
  response.setHeader('X-ClickHouse-Summary', summary(written));
  response.end();
}

const summary = (outcome: Record<'elapsed' | `${'rows' | 'bytes'}${'Read' | 'Written'}`, number>): string =>
  JSON.stringify({
    read_rows: String(outcome.rowsRead),
    read_bytes: String(outcome.bytesRead),
    written_rows: String(outcome.rowsWritten),
    written_bytes: String(outcome.bytesWritten),
    elapsed_ns: String(Math.round(outcome.elapsed * 1e9)),
  });

async function run(
  connection: Connection,
  statement: Statement,
  parameters: URLSearchParams,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  if (!statement.streamable || parameters.get('wait_end_of_query') === '1') {
    const outcome = await connection.query(statement.sql, statement.format);
    response.setHeader('X-ClickHouse-Summary', summary({ ...outcome, rowsWritten: 0, bytesWritten: 0 }));
    response.end(outcome.bytes);
    return;
  }
  const tag = randomBytes(8).toString('hex');
  response.setHeader('X-ClickHouse-Exception-Tag', tag);
  try {
    // Before the first piece nothing is sent, so an error until then is an ordinary one.
    for await (const piece of connection.stream(statement.sql, statement.format)) {
      if (gone.aborted) return;
      if (!response.write(piece)) await drained(response);
      if (gone.aborted) return;
    }
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    breakOff(response, tag, message(error));
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });

/** An error in the middle of a streamed answer, as ClickHouse has written it since 25.11, and a broken connection. */
function breakOff(response: ServerResponse, tag: string, text: string): void {
  const line = `${text}\n`;
  const size = Buffer.byteLength(line);
  const block = `\r\n__exception__\r\n${tag}\r\n${line}${size} ${tag}\r\n__exception__\r\n`;
  response.write(block, () => response.destroy());
}

const message = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^Query failed: /, '');

function refuse(response: ServerResponse, error: unknown): void {
  const text = message(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // An error without a code is ours, not the engine's: 1001 is its own code for a standard exception.
  const code = /Code: (\d+)\./.exec(text)?.[1] ?? '1001';
  const status = code === '516' ? 403 : code === '60' || code === '81' ? 404 : code === '202' ? 503 : 500;
  response.writeHead(status, {
    'X-ClickHouse-Exception-Code': code,
    'Content-Type': 'text/plain; charset=utf-8',
  });
  response.end(`${text.startsWith('Code: ') ? text : `Code: ${code}. DB::Exception: ${text}`}\n`);
}
