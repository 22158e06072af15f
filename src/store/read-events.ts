/** Reads events one by one: pages of them, a single one, and the moment nearest to a given one that has any. */
import { columns } from '../core/event.ts';
import type { ApiEvent, EventsPage } from '../core/frame.ts';
import type { QueryProblem } from '../core/query.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Condition } from '../query/bind.ts';
import { type EventValues, presentEvent } from '../query/present.ts';
import type { CompileContext, Statement } from './compile.ts';
import type { Cursor } from './cursor.ts';
import { createParams, momentSql, type Params } from './params.ts';
import type { Run } from './run.ts';
import { eventsTable } from './schema.ts';
import { search } from './search.ts';
import { whereSql } from './source.ts';
import { type Window, windows } from './windows.ts';

/** A page as it is read: everything resolved and checked. */
export interface PageAsk extends Omit<Cursor, 'last'> {
  readonly last?: Cursor['last'];
  readonly condition: Condition;
  readonly limit: number;
  /** Columns beside `id`, `time` and `position`; all but `raw` by default. */
  readonly columns?: readonly string[];
  readonly total: boolean;
}

type Row = EventValues & { readonly time: number; readonly position: number };

const columnSql = (name: string): string => {
  const kind = columns.find((column) => column.name === name)?.kind;
  return kind === 'time' ? `toUnixTimestamp64Micro(\`${name}\`) AS \`${name}\`` : `\`${name}\``;
};
const allColumns = columns.map(({ name }) => name).filter((name) => name !== 'raw');

export interface Page extends Omit<EventsPage, 'took' | 'next'> {
  readonly next: Cursor | null;
}

/** The page, without `took`. Newest (or oldest) first by (time, position). */
export async function readPage(
  run: Run,
  ask: PageAsk,
  context: CompileContext,
  signal?: AbortSignal,
): Promise<Result<Page, QueryProblem>> {
  const [from, to] = remaining(ask);
  const [total, found] = await Promise.all([
    ask.total ? run.cells<[number]>(countStatement(ask, context), signal) : undefined,
    // One more than asked tells whether there is another page.
    search(
      run,
      { ...ask, from, to, wanted: ask.limit + 1 },
      (window, limit) => run.objects<Row>(pageStatement(ask, window, limit, context), signal),
      context,
      signal,
    ),
  ]);
  if (!found.ok) return found;
  const rows = found.value;
  if (total !== undefined && !total.ok) return total;
  const shown = rows.slice(0, ask.limit);
  const last = shown.at(-1);
  const next = rows.length > ask.limit && last ? { ...ask, last: [last.time, last.position] as const } : null;
  const events = shown.map((row) => {
    const event = presentEvent(row, { raw: false, position: context.positions });
    return context.mask === undefined ? event : context.mask.event(event);
  });
  return ok({ events, next, ...(total === undefined ? {} : { total: total.value[0]?.[0] ?? 0 }) });
}

/** What is left of the range after the last event shown; the pair itself is left out by the statement. */
function remaining({ from, to, order, last }: PageAsk): [from: number, to: number] {
  if (last === undefined) return [from, to];
  return order === 'newest' ? [from, last[0] + 1] : [last[0], to];
}

function pageStatement(ask: PageAsk, window: Window, limit: number, context: CompileContext): Statement {
  const params = createParams();
  const direction = ask.order === 'newest' ? 'DESC' : 'ASC';
  const wanted = [...new Set(['id', 'time', 'received', ...(ask.columns ?? allColumns)])];
  const sql = `SELECT position, ${wanted.map(columnSql).join(', ')}
FROM ${eventsTable}
WHERE ${whereSql(window, ask.condition, context.tenant, params)}${afterSql(ask, params)}
ORDER BY time ${direction}, position ${direction}
LIMIT ${params.add('UInt64', limit)}`;
  return { sql, params: params.values };
}

/** Behind the last event shown, and without what was journalled since the first page. */
function afterSql({ last, order, end }: PageAsk, params: Params): string {
  if (last === undefined) return '';
  const [time, position] = [momentSql(last[0], params), params.add('UInt64', last[1])];
  const sign = order === 'newest' ? '<' : '>';
  return ` AND (time ${sign} ${time} OR (time = ${time} AND position ${sign} ${position})) AND position < ${params.add('UInt64', end)}`;
}

function countStatement(ask: PageAsk, context: CompileContext): Statement {
  const params = createParams();
  const sql = `SELECT count() FROM ${eventsTable} WHERE ${whereSql(ask, ask.condition, context.tenant, params)} AND position < ${params.add('UInt64', ask.end)}`;
  return { sql, params: params.values };
}

/** One event; `several` when events of different types share the id and none was picked. */
export type Found =
  | { readonly kind: 'found'; readonly event: ApiEvent }
  | { readonly kind: 'missing' }
  | { readonly kind: 'several'; readonly types: readonly string[] };

/** `raw` is asked for by callers who hold the scope for it. Where one type has the id twice, the newest. */
export async function readOne(
  run: Run,
  id: string,
  { type, raw }: { readonly type?: string | undefined; readonly raw: boolean },
  context: CompileContext,
  signal?: AbortSignal,
): Promise<Result<Found, QueryProblem>> {
  const params = createParams();
  const typed = type === undefined ? '' : ` AND type = ${params.add('String', type)}`;
  const where = `tenant = ${params.add('String', context.tenant)} AND id = ${params.add('String', id)}${typed}`;
  const places = await run.cells<[string, number, number]>(
    {
      sql: `SELECT type, toUnixTimestamp64Micro(max(time)), argMax(position, (time, position)) FROM ${eventsTable} WHERE ${where} GROUP BY type ORDER BY type LIMIT 20`,
      params: params.values,
    },
    signal,
  );
  if (!places.ok) return places;
  const [place] = places.value;
  if (place === undefined) return ok({ kind: 'missing' });
  if (places.value.length > 1) return ok({ kind: 'several', types: places.value.map(([name]) => name) });
  const exact = createParams();
  const wanted = [...allColumns, ...(raw ? ['raw'] : [])];
  const found = await run.objects<Row>(
    {
      sql: `SELECT position, ${wanted.map(columnSql).join(', ')} FROM ${eventsTable} WHERE tenant = ${exact.add('String', context.tenant)} AND time = ${momentSql(place[1], exact)} AND position = ${exact.add('UInt64', place[2])} LIMIT 1`,
      params: exact.values,
    },
    signal,
  );
  if (!found.ok) return found;
  const [row] = found.value;
  if (row === undefined) return ok({ kind: 'missing' });
  const event = presentEvent(row, { raw, position: context.positions });
  return ok({ kind: 'found', event: context.mask === undefined ? event : context.mask.event(event) });
}

const dayMicros = 86_400e6;

/** Microseconds of the event nearest to `time`, looking further and further away on both sides; null when there is none. */
export async function readNearest(
  run: Run,
  condition: Condition,
  time: number,
  context: CompileContext,
  signal?: AbortSignal,
): Promise<Result<number | null, QueryProblem>> {
  const farthest = Math.min(time, 400 * 365 * dayMicros);
  const back = windows(time - farthest, time, 'newest');
  const ahead = windows(time, time + farthest + dayMicros, 'oldest');
  for (let step = 0; step < Math.max(back.length, ahead.length); step++) {
    const sides = [
      back[step] && nearestStatement('max', back[step] as Window, condition, context),
      ahead[step] && nearestStatement('min', ahead[step] as Window, condition, context),
    ].filter((statement) => statement !== undefined);
    const found: number[] = [];
    for (const answer of await Promise.all(
      sides.map((statement) => run.cells<[number, number]>(statement, signal)),
    )) {
      if (!answer.ok) return fail(answer.error);
      const [row] = answer.value;
      if (row !== undefined && row[0] > 0) found.push(row[1]);
    }
    if (found.length > 0)
      return ok(found.reduce((near, at) => (Math.abs(at - time) < Math.abs(near - time) ? at : near)));
  }
  return ok(null);
}

function nearestStatement(
  side: 'min' | 'max',
  window: Window,
  condition: Condition,
  context: CompileContext,
): Statement {
  const params = createParams();
  const sql = `SELECT count(), toUnixTimestamp64Micro(${side}(time)) FROM ${eventsTable} WHERE ${whereSql(window, condition, context.tenant, params)}`;
  return { sql, params: params.values };
}
