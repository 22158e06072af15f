/**
 * Runs one reading statement within the limits that every reading statement has. What a person can cause (a slow
 * question, a huge one, going away) is a value.
 */
import { ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import type { QueryProblem } from '../core/query.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Statement } from './compile.ts';
import type { StoreClient } from './engine/client.ts';
import { engineReason } from './engine-reason.ts';

export interface ReadLimits {
  /** Seconds; the engine really stops then. */
  readonly seconds: number;
  /** Bytes of one statement. */
  readonly memory: number;
  readonly rows: number;
  /** Of an answer, before it is written as JSON. */
  readonly bytes: number;
}

export const usualLimits: ReadLimits = {
  seconds: 30,
  memory: 600 * 1024 * 1024,
  rows: 250_000,
  bytes: 128 * 1024 * 1024,
};

export interface Run {
  /** Rows as arrays of cells, in the order of the SELECT. Stopped in the engine too when `signal` aborts. */
  cells<R extends readonly unknown[]>(
    statement: Statement,
    signal?: AbortSignal,
  ): Promise<Result<R[], QueryProblem>>;
  /** Rows as objects by column. */
  objects<R>(statement: Statement, signal?: AbortSignal): Promise<Result<R[], QueryProblem>>;
}

const settingsOf = (limits: ReadLimits): ClickHouseSettings => ({
  readonly: '1',
  max_execution_time: limits.seconds,
  max_memory_usage: String(limits.memory),
  max_result_rows: String(limits.rows),
  max_result_bytes: String(limits.bytes),
  result_overflow_mode: 'throw',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  // `time` in a WHERE is the column, whatever the SELECT shows under that name.
  prefer_column_name_to_alias: 1,
  // Columns that are only shown are read for the rows that are shown, not for all that are sorted.
  query_plan_max_limit_for_lazy_materialization: '10000',
});

/** `unprepared` says why nothing can be asked yet; undefined once it can. */
export function createRun(
  client: StoreClient,
  limits: ReadLimits = usualLimits,
  unprepared: () => string | undefined = () => undefined,
): Run {
  const clickhouse_settings = settingsOf(limits);

  async function run<R>(
    statement: Statement,
    format: 'JSONCompactEachRow' | 'JSONEachRow',
    signal?: AbortSignal,
  ): Promise<Result<R[], QueryProblem>> {
    // The client only notices what happens from now on.
    if (signal?.aborted) return fail(withdrawn);
    const notYet = unprepared();
    if (notYet !== undefined) return fail({ kind: 'unavailable', path: '', reason: notYet });
    try {
      const answer = await client.query({
        query: statement.sql,
        query_params: { ...statement.params },
        format,
        clickhouse_settings,
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
      return ok((await answer.json<R>()) as R[]);
    } catch (error) {
      return fail(problemOf(error, limits, signal));
    }
  }

  return {
    cells: (statement, signal) => run(statement, 'JSONCompactEachRow', signal),
    objects: (statement, signal) => run(statement, 'JSONEachRow', signal),
  };
}

const withdrawn: QueryProblem = { kind: 'aborted', path: '', reason: 'the question was withdrawn' };

/** By the engine's codes (ClickHouse documentation, ErrorCodes.cpp). What nobody but us can have caused is thrown. */
function problemOf(error: unknown, limits: ReadLimits, signal: AbortSignal | undefined): QueryProblem {
  const problem = (kind: QueryProblem['kind'], reason: string): QueryProblem => ({ kind, path: '', reason });
  if (signal?.aborted) return withdrawn;
  if (!(error instanceof ClickHouseError))
    return problem('unavailable', `The engine does not answer: ${engineReason(error)}.`);
  switch (error.code) {
    case '159':
      return problem(
        'timeout',
        `it took longer than ${limits.seconds} s: ask for a shorter range or a narrower filter`,
      );
    case '241':
      return problem(
        'tooLarge',
        'it needs more memory than a question may take: ask for a shorter range or fewer groups',
      );
    case '396':
      return problem(
        'tooLarge',
        `its answer is larger than ${limits.rows} rows or ${limits.bytes} bytes: ask for fewer groups or a coarser granularity`,
      );
    // Too big, too deep, and longer than a statement may be.
    case '62':
    case '167':
    case '168':
    case '306':
    case '307':
      return problem('tooLarge', 'its filters have too many terms for one question: ask with fewer');
    case '202':
    case '394':
      return problem('unavailable', 'The engine is busy or stopping.');
    default:
      throw error;
  }
}
