/** Overview: what is happening now, and what happened over the range. Every number leads to its events. */
import '../views/views.css';
import { useState } from 'react';
import type { Frame } from '../../src/core/frame.ts';
import { CrosshairContext, createCrosshair } from '../charts/crosshair.ts';
import { measureTimeline, outcomesOverTime, totalOf, unitOf, valuesOf } from '../charts/timeline.ts';
import { useView } from '../context.tsx';
import { allFilters } from '../filter-text.ts';
import { useFrame } from '../use-data.ts';
import { Empty, fromGateways } from '../views/empty.tsx';
import { LiveTiles } from '../views/live-tiles.tsx';
import { Skeleton } from '../views/panel.tsx';
import { Ranking } from '../views/ranking.tsx';
import { Tile } from '../views/tile.tsx';
import { TimelinePanel } from '../views/timeline-panel.tsx';

const numbers = [
  { measure: 'requests', name: 'Requests', filter: 'family:traffic' },
  {
    measure: 'errorRate',
    name: 'Error rate',
    filter: 'family:traffic outcome:failure',
    moreIsGood: false,
    colour: '--failure',
    hint: 'Requests that the gateway or the backend failed, of all requests',
  },
  { measure: 'denied', name: 'Denied', filter: 'outcome:denied', moreIsGood: false, colour: '--denied' },
  {
    measure: 'duration.p95',
    name: 'Latency p95',
    filter: 'family:traffic duration:*',
    moreIsGood: false,
    colour: '--p95',
  },
  { measure: 'uniqueConsumers', name: 'Consumers', filter: 'consumer:*' },
  { measure: 'bytesOut', name: 'Bytes out', filter: 'bytesOut:*' },
] as const;

/** Of requests alone: a connection that lives for minutes would hide how long a request takes. */
const ofRequests = (measure: string) =>
  measure.startsWith('duration.') ? { name: measure, measure, filter: 'family:traffic' } : measure;

const percentiles = [
  { name: 'duration.p50', label: 'p50', colour: '--p50' },
  { name: 'duration.p95', label: 'p95', colour: '--p95' },
  { name: 'duration.p99', label: 'p99', colour: '--p99' },
] as const;
const requestsTimeline = (frame: Frame) => outcomesOverTime(frame, 'requests');
const latencyTimeline = (frame: Frame) => measureTimeline(frame, percentiles);

const denialWords: Readonly<Record<string, string>> = {
  noAclGroups: 'No ACL groups',
  routeNotAllowed: 'Route not allowed',
  ipRestriction: 'IP restriction',
  timeRestriction: 'Time restriction',
  invalidCredentials: 'Invalid credentials',
  rateOrQuotaExceeded: 'Rate or quota exceeded',
  policyViolation: 'Policy violation',
  other: 'Other',
};

export default function Overview() {
  const [crosshair] = useState(createCrosshair);
  const overall = useFrame({
    granularity: 'auto',
    measures: [
      { name: 'fromGateways', measure: 'count', filter: fromGateways },
      ...numbers.map(({ measure }) => ofRequests(measure)),
      ofRequests('duration.p50'),
      ofRequests('duration.p99'),
    ],
  });
  const empty = overall.data !== undefined && totalOf(overall.data, 'fromGateways') === 0;
  return (
    <CrosshairContext value={crosshair}>
      <div className="stack" style={{ gap: 8 }}>
        <h1 className="visually-hidden">Overview</h1>
        <LiveTiles />
        {empty && !overall.isPlaceholderData ? <Empty /> : <Range overall={overall} />}
      </div>
    </CrosshairContext>
  );
}

function Range({ overall }: { overall: ReturnType<typeof useFrame> }) {
  const { compare } = useView();
  const outcomes = useFrame({
    granularity: 'auto',
    measures: ['requests'],
    by: ['outcome'],
    filter: useTraffic(),
  });
  const denied = useFrame({
    measures: ['denied'],
    by: ['denialReason'],
    limit: 8,
    filter: useTraffic('outcome:denied'),
  });
  const services = useFrame({
    measures: ['requests', 'errorRate', 'duration.p95'],
    by: ['service'],
    limit: 8,
    filter: useTraffic(),
  });
  const consumers = useFrame({
    measures: ['requests', 'errorRate', 'denied'],
    by: ['consumer'],
    limit: 8,
    filter: useTraffic(),
  });
  const frame = overall.data;
  return (
    <>
      <div className={`tiles ${overall.isPlaceholderData ? 'fetching' : ''}`}>
        {numbers.map((number) =>
          frame === undefined && !overall.isError ? (
            <Skeleton key={number.name} height={92} />
          ) : (
            <Tile
              key={number.name}
              {...number}
              value={totalOf(frame, number.measure)}
              before={compare ? totalOf(frame?.previous, number.measure) : undefined}
              unit={frame && unitOf(frame, number.measure)}
              values={frame === undefined ? [] : valuesOf(frame, number.measure)}
            />
          ),
        )}
      </div>
      <div className="grid">
        <TimelinePanel
          title="Requests by outcome"
          answer={outcomes}
          shape="bars"
          height={200}
          timelineOf={requestsTimeline}
        />
        <TimelinePanel
          title="Latency"
          answer={overall}
          shape="lines"
          height={200}
          timelineOf={latencyTimeline}
        />
      </div>
      <div className="grid three">
        <Ranking
          title="Top services"
          answer={services}
          labels={['Requests', 'Errors', 'p95']}
          absent="No service"
          filter="family:traffic"
        />
        <Ranking
          title="Top consumers"
          answer={consumers}
          labels={['Requests', 'Errors', 'Denied']}
          absent="Not identified"
          filter="family:traffic"
        />
        <Ranking
          title="Denied by reason"
          answer={denied}
          labels={['Denied']}
          absent="No reason given"
          wordOf={(value) => denialWords[String(value)] ?? String(value)}
          colour="--denied"
          filter="outcome:denied"
        />
      </div>
    </>
  );
}

function useTraffic(more = ''): string {
  const { q } = useView();
  return allFilters(q, 'family:traffic', more);
}
