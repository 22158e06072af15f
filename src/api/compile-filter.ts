/** A filter text of a request as a test of events in memory. */
import type { QueryProblem } from '../core/query.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { type Binding, bindFilter } from '../query/bind.ts';
import { matches, type Predicate } from '../query/matches.ts';
import { parseFilter } from '../query/parse.ts';

/** Relative times in the filter are fixed at the `now` of the binding. */
export function compileFilter(filter: string, binding: Binding): Result<Predicate, QueryProblem> {
  const parsed = parseFilter(filter);
  if (!parsed.ok) return fail({ kind: 'invalid', path: 'filter', ...parsed.error });
  const bound = bindFilter(parsed.value, binding);
  if (bound.ok) return ok(matches(bound.value));
  const { offset, length, reason, forbidden } = bound.error;
  return fail({ kind: forbidden ? 'forbidden' : 'invalid', path: 'filter', offset, length, reason });
}
