/**
 * What lies over a chart: the crosshair shared by all charts of the page, the tooltip with every series in the order
 * of its size, and drag to zoom. Arrow keys move the crosshair; Enter opens the events of the bucket.
 */
import {
  type KeyboardEvent,
  type PointerEvent,
  useContext,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { formatNumber } from '../format.ts';
import { formatTime } from '../time.ts';
import { CrosshairContext } from './crosshair.ts';
import { plotMargin } from './options.ts';
import type { Timeline } from './timeline.ts';

export interface OverlayProps {
  readonly timeline: Timeline;
  readonly zone: string;
  readonly label: string;
  /** Called with the bounds of the buckets that were dragged over, in milliseconds. */
  readonly onZoom?: ((from: number, to: number) => void) | undefined;
  readonly onUndo?: (() => void) | undefined;
  readonly onOpen?: ((from: number, to: number) => void) | undefined;
}

export function Overlay({ timeline, zone, label, onZoom, onUndo, onOpen }: OverlayProps) {
  const crosshair = useContext(CrosshairContext);
  const time = useSyncExternalStore(crosshair.subscribe, () => crosshair.time);
  const [drag, setDrag] = useState<{ start: number; end: number }>();
  const [here, setHere] = useState(false);
  const plot = useRef<HTMLDivElement>(null);
  const { times, step } = timeline;

  const bucketAt = (event: PointerEvent): number => {
    const box = (plot.current as HTMLDivElement).getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(box.width, 1);
    return Math.max(0, Math.min(times.length - 1, Math.floor(share * times.length)));
  };
  const current = time === undefined ? -1 : times.findIndex((start) => start <= time && time < start + step);
  const percent = (bucket: number) => `${(bucket / times.length) * 100}%`;

  const finish = () => {
    if (drag === undefined) return;
    setDrag(undefined);
    const [first, last] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
    if (first !== last) onZoom?.(times[first] as number, (times[last] as number) + step);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      crosshair.point(times[Math.max(0, Math.min(times.length - 1, current + by))]);
      setHere(true);
    } else if (event.key === 'Enter' && current >= 0) {
      onOpen?.(times[current] as number, (times[current] as number) + step);
    } else if (event.key === 'Escape') {
      setDrag(undefined);
      crosshair.point(undefined);
    }
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be no better a name for the plot of a chart
    <div
      ref={plot}
      className="chart-overlay"
      style={plotMargin}
      role="group"
      aria-label={`${label}. Arrow keys move through the buckets.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the plot answers to the keyboard
      tabIndex={0}
      onPointerDown={(event) => {
        if (event.button !== 0 || onZoom === undefined || event.pointerType === 'touch') return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const bucket = bucketAt(event);
        setDrag({ start: bucket, end: bucket });
      }}
      onPointerMove={(event) => {
        const bucket = bucketAt(event);
        crosshair.point(times[bucket]);
        setHere(true);
        if (drag !== undefined) setDrag({ ...drag, end: bucket });
      }}
      onPointerUp={finish}
      onPointerLeave={() => {
        setHere(false);
        if (drag === undefined) crosshair.point(undefined);
      }}
      onDoubleClick={onUndo}
      onKeyDown={onKeyDown}
      onBlur={() => {
        setHere(false);
        crosshair.point(undefined);
      }}
    >
      {current >= 0 && (
        <div
          className="chart-crosshair"
          style={{ left: percent(current), width: `${100 / times.length}%` }}
        />
      )}
      {drag !== undefined && drag.start !== drag.end && (
        <div
          className="chart-drag"
          style={{
            left: percent(Math.min(drag.start, drag.end)),
            width: `${((Math.abs(drag.end - drag.start) + 1) / times.length) * 100}%`,
          }}
        />
      )}
      {here && current >= 0 && <Tooltip timeline={timeline} bucket={current} zone={zone} />}
    </div>
  );
}

function Tooltip({ timeline, bucket, zone }: { timeline: Timeline; bucket: number; zone: string }) {
  const start = timeline.times[bucket] as number;
  const right = bucket > timeline.times.length / 2;
  const rows = timeline.series
    .map((series) => ({ series, value: series.values[bucket] ?? null }))
    .sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
  const edge = right
    ? { right: `${100 - (bucket / timeline.times.length) * 100}%`, marginRight: 8 }
    : { left: `${((bucket + 1) / timeline.times.length) * 100}%`, marginLeft: 8 };
  return (
    <div className="chart-tooltip" style={edge} aria-live="polite">
      <div className="dim">
        {formatTime(start, zone, false)} – {formatTime(start + timeline.step, zone, false).slice(11)}
        {timeline.incomplete.has(bucket) ? ', not over yet' : ''}
      </div>
      {rows.map(({ series, value }) => (
        <div key={series.name} className="chart-tooltip-row">
          <Swatch colour={series.colour} hollow={series.hollow} dashed={series.dashed} />
          <span>{series.label}</span>
          <span className="numeric">{formatNumber(value, timeline.unit)}</span>
        </div>
      ))}
    </div>
  );
}

/** The mark of a series: filled, hollow, or dashed. */
export function Swatch(props: {
  colour: string;
  hollow?: boolean | undefined;
  dashed?: boolean | undefined;
}) {
  const kind = props.hollow ? 'hollow' : props.dashed ? 'dashed' : 'filled';
  return <span className={`swatch ${kind}`} style={{ color: `var(${props.colour})` }} aria-hidden="true" />;
}
