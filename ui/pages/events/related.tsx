/** Events that belong to this one: the same request, and the same consumer and service around its time. */
import { useQuery } from '@tanstack/react-query';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { useApi, useView } from '../../context.tsx';
import { term } from '../../filter-text.ts';
import { formatTime } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { OutcomeMark, summaryOf } from '../../views/event-words.tsx';
import { EventsLink } from '../../views/events-link.tsx';
import { Skeleton } from '../../views/panel.tsx';
import { Failure } from '../../views/states.tsx';
import { keyOf } from './use-events.ts';

const minute = 60_000;
const links = [
  { field: 'requestId', title: 'Same request', minutes: 60 },
  { field: 'parentRequestId', as: 'requestId', title: 'The request that caused it', minutes: 60 },
  { field: 'causedBy', as: 'id', title: 'The event it was derived from', minutes: 24 * 60 },
  { field: 'traceId', title: 'Same trace', minutes: 60 },
  { field: 'circuitId', title: 'Same circuit', minutes: 24 * 60 },
  { field: 'consumer', title: 'Same consumer, five minutes around', minutes: 5 },
  { field: 'service', title: 'Same service, a minute around', minutes: 1 },
] as const;

export function Related({ event, onOpen }: { event: ApiEvent; onOpen: (event: ApiEvent) => void }) {
  const present = links.filter(({ field }) => event[field] !== undefined);
  return (
    <div className="stack" style={{ paddingTop: 12 }}>
      {present.map((link) => (
        <Relation
          key={link.field}
          title={link.title}
          filter={term('as' in link ? link.as : link.field, event[link.field])}
          minutes={link.minutes}
          event={event}
          onOpen={onOpen}
        />
      ))}
      {present.length === 0 && <p className="dim">Nothing in this event leads to another.</p>}
    </div>
  );
}

interface RelationProps {
  readonly title: string;
  readonly filter: string;
  readonly minutes: number;
  readonly event: ApiEvent;
  readonly onOpen: (event: ApiEvent) => void;
}

function Relation({ title, filter, minutes, event, onOpen }: RelationProps) {
  const api = useApi();
  const { tz } = useView();
  const moment = Date.parse(String(event.time));
  const from = new Date(moment - minutes * minute).toISOString();
  const to = new Date(moment + minutes * minute).toISOString();
  const answer = useQuery({
    queryKey: useDataKey('related', filter, from, to),
    queryFn: ({ signal }) => api.events({ filter, from, to, limit: 11 }, signal),
  });
  const others = answer.data?.events.filter((other) => keyOf(other) !== keyOf(event)).slice(0, 10);
  return (
    <section>
      <div className="spread">
        <h2>{title}</h2>
        <EventsLink patch={{ q: filter, from, to }}>Show all</EventsLink>
      </div>
      {answer.isPending && <Skeleton height={56} />}
      {answer.isError && (
        <Failure error={answer.error} what="These cannot be shown" onRetry={() => answer.refetch()} />
      )}
      {others?.length === 0 && <p className="dim">No other event.</p>}
      {others?.map((other) => (
        <button key={keyOf(other)} type="button" className="related-row" onClick={() => onOpen(other)}>
          <span className="mono">{formatTime(String(other.time), tz).slice(11)}</span>
          <OutcomeMark outcome={other.outcome} />
          <span className="mono cut">{summaryOf(other)}</span>
        </button>
      ))}
    </section>
  );
}
