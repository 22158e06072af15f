/** A timeline in a panel: chart with legend, the same as a table, and its data as a file. */

import { IconChartBar, IconDownload, IconPhoto, IconTable } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import type { Frame } from '../../src/core/frame.ts';
import { Chart } from '../charts/chart.tsx';
import type { Shape } from '../charts/options.ts';
import { Swatch } from '../charts/overlay.tsx';
import type { Timeline } from '../charts/timeline.ts';
import { useSearchState, useView } from '../context.tsx';
import { formatNumber } from '../format.ts';
import { useZoom } from '../shell/zoom.tsx';
import { formatTime } from '../time.ts';
import { patchSearch, sharedSearch } from '../url-state.ts';
import { download, timelineCsv } from './download.ts';
import { EventsLink } from './events-link.tsx';
import { Panel } from './panel.tsx';
import { ScrollX } from './scroll-x.tsx';

export interface TimelinePanelProps {
  readonly title: string;
  readonly answer: UseQueryResult<Frame>;
  readonly shape: Shape;
  readonly height?: number;
  /** Stable: the chart is drawn again when it changes. */
  readonly timelineOf: (frame: Frame) => Timeline;
}

export function TimelinePanel({ title, answer, shape, height = 180, timelineOf }: TimelinePanelProps) {
  const view = useView();
  const [asTable, setAsTable] = useState(false);
  const [log, setLog] = useState(false);
  const { zoom, undo } = useZoom();
  const place = useRef<HTMLDivElement>(null);
  const open = useOpenBucket();
  const timeline = useMemo(
    () => (answer.data === undefined ? undefined : timelineOf(answer.data)),
    [answer.data, timelineOf],
  );
  const other = asTable ? 'View as chart' : 'View as table';
  const Other = asTable ? IconChartBar : IconTable;
  const picture = () => {
    const canvas = place.current?.querySelector('canvas');
    canvas?.toBlob((blob) => blob !== null && download(`${title}.png`, blob));
  };
  const actions = timeline !== undefined && (
    <div className="row" style={{ gap: 0 }}>
      {timeline.unit === 'us' && !asTable && (
        <button
          type="button"
          className="quiet-button bare"
          aria-pressed={log}
          title={log ? 'Show on a scale from zero' : 'Show on a logarithmic scale'}
          onClick={() => setLog(!log)}
        >
          Log scale
        </button>
      )}
      <button
        type="button"
        className="quiet-button bare square"
        title={other}
        aria-label={`${title}: ${other.toLowerCase()}`}
        onClick={() => setAsTable(!asTable)}
      >
        <Other size={15} aria-hidden="true" />
      </button>
      {!asTable && (
        <button
          type="button"
          className="quiet-button bare square wide-only"
          title="Download as PNG"
          aria-label={`${title}: download as PNG`}
          onClick={picture}
        >
          <IconPhoto size={15} aria-hidden="true" />
        </button>
      )}
      <button
        type="button"
        className="quiet-button bare square"
        title="Download as CSV"
        aria-label={`${title}: download as CSV`}
        onClick={() => download(`${title}.csv`, timelineCsv(timeline))}
      >
        <IconDownload size={15} aria-hidden="true" />
      </button>
    </div>
  );
  return (
    <Panel title={title} answer={answer} height={height + 32} actions={actions}>
      {() =>
        timeline === undefined ? null : (
          <div ref={place}>
            <Legend timeline={timeline} />
            {asTable ? (
              <TimelineTable timeline={timeline} zone={view.tz} height={height} />
            ) : (
              <Chart
                timeline={timeline}
                shape={shape}
                log={log}
                height={height}
                zone={view.tz}
                label={title}
                onZoom={zoom}
                onUndo={undo}
                onOpen={open}
              />
            )}
          </div>
        )
      }
    </Panel>
  );
}

function useOpenBucket() {
  const navigate = useNavigate();
  const shared = sharedSearch(useSearchState());
  return (from: number, to: number) => {
    const bounds = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    void navigate({ to: '/events', search: patchSearch(shared, bounds) as never });
  };
}

function Legend({ timeline }: { timeline: Timeline }) {
  return (
    <div className="legend">
      {timeline.series.map((series) => {
        const mark = (
          <>
            <Swatch colour={series.colour} hollow={series.hollow} dashed={series.dashed} />
            {series.label}
          </>
        );
        return series.filter === undefined ? (
          <span key={series.name}>{mark}</span>
        ) : (
          <EventsLink key={series.name} filter={series.filter}>
            {mark}
          </EventsLink>
        );
      })}
      {timeline.series.length === 0 && <span>Nothing in this range</span>}
    </div>
  );
}

function TimelineTable({ timeline, zone, height }: { timeline: Timeline; zone: string; height: number }) {
  return (
    <ScrollX label="The chart as a table" style={{ height, overflowY: 'auto' }}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {timeline.series.map((series) => (
              <th key={series.name} scope="col" className="numeric">
                {series.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timeline.times.map((time, bucket) => (
            <tr key={time}>
              <td className="mono">{formatTime(time, zone, false)}</td>
              {timeline.series.map((series) => (
                <td key={series.name} className="numeric">
                  {formatNumber(series.values[bucket], timeline.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
