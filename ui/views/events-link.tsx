/** Every number is a link to the events behind it, with the filter and range that made it. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSearchState, useView } from '../context.tsx';
import { allFilters } from '../filter-text.ts';
import { patchSearch, type SearchPatch, sharedSearch } from '../url-state.ts';

export interface EventsLinkProps {
  /** Added to the filter of the top bar. */
  readonly filter?: string | undefined;
  /** Another range or another filter altogether. */
  readonly patch?: SearchPatch;
  readonly className?: string;
  readonly title?: string;
  readonly children: ReactNode;
}

export function EventsLink({ filter, patch, className, title, children }: EventsLinkProps) {
  const shared = sharedSearch(useSearchState());
  const { q } = useView();
  const search = patchSearch(shared, { q: allFilters(q, filter), ...patch });
  return (
    <Link to="/events" search={search as never} className={className} title={title}>
      {children}
    </Link>
  );
}
