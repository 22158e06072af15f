/**
 * Nothing to show, and which of three it is: nothing has ever arrived, the range has nothing, or the filter matches
 * nothing. Each says what to do about it.
 */
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { parseFilter } from '../../src/query/parse.ts';
import { printFilter } from '../../src/query/print.ts';
import { useApi, usePatch, useView } from '../context.tsx';
import { formatWhole } from '../format.ts';
import { formatTime } from '../time.ts';
import { useDataKey } from '../use-data.ts';
import { Skeleton } from './panel.tsx';
import { Failure } from './states.tsx';

/** Our own audit trail is there from the first sign-in on; what a person waits for is a gateway. */
export const fromGateways = '-(vocabulary:gatescope type:AuditRecord)';

const FirstSteps = lazy(() => import('./first-steps.tsx'));

export function Empty() {
  const api = useApi();
  const { q, from } = useView();
  const answer = useQuery({
    queryKey: useDataKey('empty', q, from),
    queryFn: async () => {
      const any = await api.nearest(fromGateways, from);
      if (any.time === null) return { kind: 'never' } as const;
      const matching = await api.nearest(q, from);
      return {
        kind: matching.time === null ? 'filter' : 'range',
        time: matching.time,
        any: any.time,
      } as const;
    },
    refetchInterval: (query) => (query.state.data?.kind === 'never' ? 3000 : false),
  });
  const queries = useQueryClient();
  const kind = answer.data?.kind;
  const before = useRef(kind);
  useEffect(() => {
    // The first event is in: what found nothing is asked again.
    if (before.current === 'never' && kind !== 'never')
      void queries.invalidateQueries({ queryKey: ['data'] });
    before.current = kind;
  }, [kind, queries]);
  if (answer.isPending) return <Skeleton height={160} />;
  if (answer.isError) {
    return <Failure error={answer.error} what="This cannot be shown" onRetry={() => answer.refetch()} />;
  }
  if (answer.data.kind === 'never') {
    return (
      <Suspense>
        <FirstSteps />
      </Suspense>
    );
  }
  if (answer.data.kind === 'filter') return <NoMatch />;
  return <NothingInRange time={answer.data.time as string} />;
}

function NothingInRange({ time }: { time: string }) {
  const patch = usePatch();
  const { q, tz } = useView();
  const moment = Date.parse(time);
  const around = {
    from: new Date(moment - 30 * 60_000).toISOString(),
    to: new Date(moment + 30 * 60_000).toISOString(),
  };
  return (
    <div className="panel state">
      <h2>Nothing in this range</h2>
      <p className="dim">
        The nearest event{q === '' ? '' : ' that matches'} is of {formatTime(moment, tz)}.
      </p>
      <button type="button" className="quiet-button on" onClick={() => patch({ ...around, live: undefined })}>
        Show the hour around it
      </button>
    </div>
  );
}

/** Each part of the filter alone, with what it leaves: the part that removed all is the one with nothing. */
function NoMatch() {
  const api = useApi();
  const patch = usePatch();
  const view = useView();
  const parsed = parseFilter(view.q);
  const parts = parsed.ok ? (parsed.value.kind === 'and' ? parsed.value.parts : [parsed.value]) : [];
  const texts = parts.map((part) => (part.kind === 'or' ? `(${printFilter(part)})` : printFilter(part)));
  const key = useDataKey('part', view.from, view.to);
  const counts = useQueries({
    queries: texts.map((filter) => ({
      queryKey: [...key, filter],
      queryFn: () => api.query({ from: view.from, to: view.to, filter, measures: ['count'] }),
    })),
  });
  return (
    <div className="panel state">
      <h2>No event matches the filter</h2>
      <p className="dim">Each part of it alone, over the same range:</p>
      <div className="empty-parts">
        {texts.map((text, at) => {
          const count = Number(counts[at]?.data?.totals.at(-1) ?? 0);
          const known = counts[at]?.isSuccess === true;
          return (
            <div key={text} style={{ display: 'contents' }}>
              <code className="cut">{text}</code>
              <span className="numeric" style={count === 0 && known ? { color: 'var(--failure-text)' } : {}}>
                {known ? (count === 0 ? 'removes all' : `${formatWhole(count)} events`) : '…'}
              </span>
              <button
                type="button"
                className="quiet-button"
                onClick={() => patch({ q: texts.filter((_, other) => other !== at).join(' ') })}
              >
                Remove
              </button>
            </div>
          );
        })}
      </div>
      <button type="button" className="quiet-button" onClick={() => patch({ q: undefined })}>
        Clear the filter
      </button>
    </div>
  );
}
