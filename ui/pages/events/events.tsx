/** Events: how many over time, and each of them. Live, the table follows what comes in. */
import '../../views/views.css';
import './events.css';
import { useMediaQuery } from '@mantine/hooks';
import { lazy, Suspense, useCallback, useState } from 'react';
import type { ApiEvent, Frame } from '../../../src/core/frame.ts';
import { outcomesOverTime } from '../../charts/timeline.ts';
import { usePatch, useSearchState, useView } from '../../context.tsx';
import { formatWhole, plural } from '../../format.ts';
import { useFrame } from '../../use-data.ts';
import { Empty } from '../../views/empty.tsx';
import { Skeleton } from '../../views/panel.tsx';
import { Failure } from '../../views/states.tsx';
import { TimelinePanel } from '../../views/timeline-panel.tsx';
import { type Pointed, ValueMenu } from '../../views/value-menu.tsx';
import { ColumnChooser } from './column-chooser.tsx';
import { type ColumnChoice, readColumns, toggleColumn, writeColumns } from './columns.ts';
import { EventTable } from './event-table.tsx';
import { keyOf, useEvents } from './use-events.ts';
import { type Tail, useTail } from './use-tail.ts';

const EventDrawer = lazy(() => import('./drawer.tsx'));
const timelineOf = (frame: Frame) => outcomesOverTime(frame, 'count');

export default function Events() {
  const view = useView();
  const search = useSearchState();
  const patch = usePatch();
  const cards = useMediaQuery('(max-width: 700px)') ?? false;
  const [choice, setChoice] = useColumnChoice();
  const [pointed, setPointed] = useState<Pointed>();
  const [atTop, setAtTop] = useState(true);
  const volume = useFrame({ granularity: 'auto', measures: ['count'], by: ['outcome'] });
  const found = useEvents();
  const tail = useTail(!atTop);

  const events = view.live ? merge(tail.events, found.events) : found.events;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found.answer;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const open = events.find(
    ({ id, type }) => id === search.event && (search.type === undefined || type === search.type),
  );
  const show = useCallback(
    (event: ApiEvent) => {
      patch(
        { event: String(event.id), type: String(event.type ?? '') },
        { replace: search.event !== undefined },
      );
    },
    [patch, search.event],
  );
  const close = () => patch({ event: undefined, type: undefined });

  return (
    <div className={`events-page ${search.event === undefined ? '' : 'beside-drawer'}`}>
      <h1 className="visually-hidden">Events</h1>
      <TimelinePanel
        title="Events by outcome"
        answer={volume}
        shape="bars"
        height={110}
        timelineOf={timelineOf}
      />
      <div className="spread events-said">
        <Said found={found} tail={tail} live={view.live} />
        <div className="row">
          <button
            type="button"
            className="quiet-button"
            disabled={view.live}
            onClick={() => patch({ order: found.order === 'newest' ? 'oldest' : undefined })}
          >
            {found.order === 'newest' ? 'Newest first' : 'Oldest first'}
          </button>
          {!cards && <ColumnChooser choice={choice} onChange={setChoice} />}
        </div>
      </div>
      {found.answer.isPending ? (
        <Skeleton height={320} />
      ) : found.answer.isError && events.length === 0 ? (
        <Failure
          error={found.answer.error}
          what="The events cannot be shown"
          onRetry={() => void found.answer.refetch()}
        />
      ) : events.length === 0 && !found.answer.isFetching ? (
        view.live ? (
          <p className="panel state dim">
            Waiting for events{view.q === '' ? '' : ' that match the filter'}.
          </p>
        ) : (
          <Empty />
        )
      ) : (
        <div
          className={found.answer.isPlaceholderData ? 'fetching' : ''}
          style={{ position: 'relative', display: 'flex', flex: 1, minHeight: 0 }}
        >
          {tail.waiting > 0 && (
            <button
              type="button"
              className="quiet-button on new-events"
              onClick={() => {
                document.querySelector('.event-table')?.scrollTo({ top: 0 });
                tail.release();
              }}
            >
              {formatWhole(tail.waiting)} new
            </button>
          )}
          <EventTable
            events={events}
            choice={choice}
            onWidths={(widths) => setChoice({ ...choice, widths })}
            cards={cards}
            openKey={open === undefined ? undefined : keyOf(open)}
            onOpen={show}
            onPoint={setPointed}
            onEnd={onEnd}
            onTop={setAtTop}
          />
        </div>
      )}
      {search.event !== undefined && (
        <Suspense>
          <EventDrawer
            id={search.event}
            type={search.type}
            onClose={close}
            onOpen={show}
            onPoint={setPointed}
          />
        </Suspense>
      )}
      <ValueMenu
        pointed={pointed}
        onClose={() => setPointed(undefined)}
        shown={(field) => choice.names.includes(field)}
        onColumn={(field) => setChoice(toggleColumn(choice, field))}
      />
    </div>
  );
}

/** What was tailed, then what was found, each event once. */
function merge(tailed: readonly ApiEvent[], found: readonly ApiEvent[]): readonly ApiEvent[] {
  if (tailed.length === 0) return found;
  const keys = new Set(tailed.map(keyOf));
  return [...tailed, ...found.filter((event) => !keys.has(keyOf(event)))];
}

function useColumnChoice(): [ColumnChoice, (choice: ColumnChoice) => void] {
  const [choice, setChoice] = useState(() => readColumns(localStorage));
  return [
    choice,
    (next) => {
      setChoice(next);
      writeColumns(localStorage, next);
    },
  ];
}

/** Says what was done: how many, how long it took, in which order; or what the tail leaves out. */
function Said({ found, tail, live }: { found: ReturnType<typeof useEvents>; tail: Tail; live: boolean }) {
  if (live) {
    const parts = [
      'Following what comes in, newest first',
      tail.sampled > 1 ? `a sample: one of ${formatWhole(tail.sampled)} is shown` : '',
      tail.skipped > 0 ? `${plural(tail.skipped, 'event')} left out` : '',
      tail.problem ?? '',
    ];
    return <output className="dim">{parts.filter(Boolean).join(' · ')}</output>;
  }
  if (found.took === undefined) return <output className="dim">Asking…</output>;
  const count = found.total ?? found.events.length;
  return (
    <output className="dim">
      {plural(count, 'event')} in {Math.max(1, Math.round(found.took))} ms, {found.order} first
    </output>
  );
}
