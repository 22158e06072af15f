/**
 * Looks for events in one window of time after another until there are enough: the nearest hour first, which is all that
 * most questions need. Then a rollup says where to look on, if one knows all that the filter speaks of; where it knows
 * of nothing, nothing is read. Without one the windows grow.
 */
import type { QueryProblem } from '../core/query.ts';
import { ok, type Result } from '../core/result.ts';
import type { Condition } from '../query/bind.ts';
import type { CompileContext } from './compile.ts';
import { createParams } from './params.ts';
import type { Run } from './run.ts';
import { chooseSource } from './source.ts';
import { type Window, windows } from './windows.ts';

export interface Search extends Window {
  readonly condition: Condition;
  readonly order: 'newest' | 'oldest';
  /** Events that are wanted. */
  readonly wanted: number;
}

/** At most `limit` events of a window, in the order of the search. */
export type Look<R> = (window: Window, limit: number) => Promise<Result<R[], QueryProblem>>;

/** Units of time that a rollup is asked for at once. */
const mostUnits = 5_000;

/** The first `wanted` events, or all there are. */
export async function search<R>(
  run: Run,
  what: Search,
  look: Look<R>,
  context: CompileContext,
  signal?: AbortSignal,
): Promise<Result<R[], QueryProblem>> {
  const rows: R[] = [];
  async function lookInto(some: readonly Window[]): Promise<Result<R[], QueryProblem>> {
    for (const window of some) {
      const missing = what.wanted - rows.length;
      if (missing === 0) break;
      if (window.from >= window.to) continue;
      const found = await look(window, missing);
      if (!found.ok) return found;
      rows.push(...found.value);
    }
    return ok(rows);
  }

  const [near, ...far] = windows(what.from, what.to, what.order);
  const nearby = await lookInto(near === undefined ? [] : [near]);
  if (near === undefined || !nearby.ok || far.length === 0 || rows.length === what.wanted) return nearby;
  const rest = what.order === 'newest' ? { to: near.from } : { from: near.to };
  const likely = await likelyWindows(
    run,
    { ...what, ...rest, wanted: what.wanted - rows.length },
    context,
    signal,
  );
  return likely.ok ? lookInto(likely.value ?? far) : likely;
}

/** Windows in which all events lie that are looked for; undefined where no rollup can tell. */
async function likelyWindows(
  run: Run,
  { from, to, condition, order, wanted }: Search,
  { tenant }: CompileContext,
  signal?: AbortSignal,
): Promise<Result<Window[] | undefined, QueryProblem>> {
  const params = createParams();
  const parts = [{ kind: 'weight' as const }];
  const source = chooseSource({ range: { from, to }, condition, by: [], parts }, tenant, params);
  if (source.kind === 'raw') return ok(undefined);
  const sql = `SELECT toUnixTimestamp(time) AS unit, sum(weight)
${source.from}
GROUP BY unit
ORDER BY unit ${order === 'newest' ? 'DESC' : 'ASC'}
LIMIT ${mostUnits}`;
  const found = await run.cells<[number, number]>({ sql, params: params.values }, signal);
  if (!found.ok) return found;
  const units = found.value.map(([seconds, weight]) => ({
    from: Math.max(from, seconds * 1e6),
    to: Math.min(to, seconds * 1e6 + source.unit),
    // A correction takes from the weight, and is an event all the same.
    events: Math.max(1, weight),
  }));
  const [first, last] = [units[0], units.at(-1)];
  if (first === undefined || last === undefined) return ok([]);
  let events = 0;
  const enough =
    units.find((unit) => {
      events += unit.events;
      return events >= wanted;
    }) ?? last;
  const end = units.length < mostUnits ? last : { from, to };
  return ok(
    order === 'newest'
      ? [
          { from: enough.from, to: first.to },
          { from: end.from, to: enough.from },
        ]
      : [
          { from: first.from, to: enough.to },
          { from: enough.to, to: end.to },
        ],
  );
}
