/** Why a question has no answer, as a refusal of the API. */
import { ApiError } from '../access/api-error.ts';
import type { QueryProblem } from '../core/query.ts';
import type { Result } from '../core/result.ts';

const place = ({ offset, length }: QueryProblem): string =>
  offset === undefined
    ? ''
    : ` (at character ${offset + 1}${length === undefined || length < 2 ? '' : ` to ${offset + length}`})`;

export function refuseQuery(problem: QueryProblem): ApiError {
  const { kind, path, reason } = problem;
  const errors = [{ path, reason: `${reason}${place(problem)}` }];
  switch (kind) {
    case 'invalid':
      return new ApiError(400, 'Invalid query', `${reason}${place(problem)}`, { errors });
    case 'forbidden':
      return new ApiError(403, 'Not allowed', reason, { errors });
    case 'timeout':
    case 'tooLarge':
      return new ApiError(422, 'Query too large', `${reason} Ask for a shorter range or fewer groups.`);
    // Nobody reads this: the asker went away.
    case 'aborted':
      return new ApiError(499, 'Request abandoned', reason);
    case 'unavailable':
      return new ApiError(503, 'Store unavailable', `${reason} Try again in a moment.`, { retryAfter: 2 });
  }
}

export function answerOrRefuse<T>(result: Result<T, QueryProblem>): T {
  if (result.ok) return result.value;
  throw refuseQuery(result.error);
}
