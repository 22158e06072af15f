/** Asking for data: every answer that depends on tenant and view, refetched while the page follows. */
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Frame } from '../src/core/frame.ts';
import type { Query } from '../src/core/query.ts';
import { Refused } from './api.ts';
import { useApi, useTenant, useView } from './context.tsx';

/** Milliseconds between two refetches while a page follows. */
const pace = 3000;

const failed = (error: Error | null): boolean => error instanceof Refused && error.problem.status >= 500;

/** The key of what depends on the data: Refresh asks for all of it again. */
export function useDataKey(...parts: readonly unknown[]): readonly unknown[] {
  return ['data', useTenant(), ...parts];
}

/** A question over the range and the filter of the top bar, unless it brings its own. */
export function useFrame(
  question: Omit<Query, 'from' | 'to'> & Partial<Pick<Query, 'from' | 'to'>>,
): UseQueryResult<Frame> {
  const api = useApi();
  const view = useView();
  const whole: Query = {
    from: view.from,
    to: view.to,
    timezone: view.tz,
    filter: view.q,
    ...(view.compare ? { compare: 'previous' } : {}),
    ...question,
  };
  return useQuery({
    queryKey: useDataKey('query', whole),
    queryFn: ({ signal }) => api.query(whole, signal),
    placeholderData: keepPreviousData,
    // A server that fails is asked again, so that the page heals by itself.
    refetchInterval: (query) => (view.live ? pace : failed(query.state.error) ? 2 * pace : false),
  });
}
