/** A panel: a title, what the answer is made into, and its states. Keeps its size whatever it shows. */
import './views.css';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './states.tsx';

export interface PanelProps<T> {
  readonly title: string;
  readonly answer: UseQueryResult<T>;
  /** Pixels of the body, kept while loading. */
  readonly height: number;
  readonly actions?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

export function Panel<T>({ title, answer, height, actions, children }: PanelProps<T>) {
  return (
    <section className="panel" aria-label={title} aria-busy={answer.isFetching}>
      <div className="panel-head">
        <h2>{title}</h2>
        <div className="row">{actions}</div>
      </div>
      {answer.data !== undefined ? (
        <div className={answer.isPlaceholderData ? 'fetching' : ''}>
          {answer.isError && <p className="panel-body dim">This is old: {answer.error.message}</p>}
          {children(answer.data)}
        </div>
      ) : answer.isError ? (
        <div style={{ minHeight: height }}>
          <Failure error={answer.error} what={`${title} cannot be shown`} onRetry={() => answer.refetch()} />
        </div>
      ) : (
        <div className="panel-body">
          <Skeleton height={height - 12} />
        </div>
      )}
    </section>
  );
}

export function Skeleton({ height }: { height: number }) {
  return <div className="skeleton" style={{ height }} />;
}
