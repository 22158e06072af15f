/** The events of the view, page by page, newest first unless the URL says otherwise. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { useApi, useSearchState, useView } from '../../context.tsx';
import { useDataKey } from '../../use-data.ts';

const pageSize = 200;

export function useEvents() {
  const api = useApi();
  const view = useView();
  const order = useSearchState().order === 'oldest' ? 'oldest' : 'newest';
  const answer = useInfiniteQuery({
    queryKey: useDataKey('events', view.q, view.from, view.to, order),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api.events(
        {
          filter: view.q,
          from: view.from,
          to: view.to,
          limit: pageSize,
          order,
          cursor: pageParam,
          total: pageParam === undefined,
        },
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    // What follows is the tail's to show.
    refetchOnMount: !view.live,
  });
  const events = useMemo<readonly ApiEvent[]>(
    () => answer.data?.pages.flatMap((page) => page.events) ?? [],
    [answer.data],
  );
  const first = answer.data?.pages[0];
  return { answer, events, order, total: first?.total, took: first?.took } as const;
}

/** Identifies an event within the page: its place in the journal where it is shown, else its id, which types may share. */
export const keyOf = (event: ApiEvent): string => String(event.position ?? `${event.type} ${event.id}`);
