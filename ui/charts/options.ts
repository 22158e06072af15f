/** A timeline in the words of ECharts. Pure: the colours and the labels of the axes arrive as arguments. */
import { formatNumber } from '../format.ts';
import { formatBucket } from '../time.ts';
import type { Series, Timeline } from './timeline.ts';

export type Shape = 'bars' | 'lines' | 'areas';

export interface Drawing {
  readonly timeline: Timeline;
  readonly shape: Shape;
  readonly zone: string;
  /** A logarithmic axis, for latencies that lie far apart. */
  readonly log?: boolean;
  readonly colour: (property: string) => string;
}

/** Pixels between the border of the chart and its plot, which the overlay needs too. */
export const plotMargin = { left: 52, right: 8, top: 8, bottom: 24 } as const;

const hatch = (colour: string) => ({
  symbol: 'rect',
  color: colour,
  dashArrayX: [1, 0],
  dashArrayY: [3, 4],
  rotation: -Math.PI / 4,
});

function bars(series: Series, { timeline, colour }: Drawing) {
  const fill = colour(series.colour);
  const look = series.hollow
    ? { color: 'transparent', borderColor: fill, borderWidth: 1 }
    : { color: fill, borderColor: fill, borderWidth: 0 };
  return {
    type: 'bar',
    name: series.label,
    stack: 'all',
    barCategoryGap: '12%',
    itemStyle: look,
    data: series.values.map((value, bucket) =>
      timeline.incomplete.has(bucket) && value
        ? { value, itemStyle: { ...look, opacity: 0.65, decal: hatch(colour('--surface')) } }
        : value,
    ),
  };
}

function line(series: Series, { timeline, shape, colour }: Drawing) {
  const stroke = colour(series.colour);
  return {
    type: 'line',
    name: series.label,
    // A lone point between two gaps has no line to show it.
    showSymbol: timeline.times.length < 3 || alone(series.values),
    symbol: 'circle',
    symbolSize: 4,
    connectNulls: false,
    lineStyle: { color: stroke, width: series.dashed ? 1.5 : 1.75, type: series.dashed ? [4, 4] : 'solid' },
    itemStyle: { color: stroke },
    ...(shape === 'areas' && !series.dashed ? { areaStyle: { color: stroke, opacity: 0.18 } } : {}),
    data: [...series.values],
  };
}

const alone = (values: Series['values']): boolean =>
  values.some(
    (value, at) => value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null,
  );

/** Half an event is nothing an axis should name. */
const isCount = (unit: string | undefined): boolean => unit === undefined || unit.startsWith('{');

export function chartOption(drawing: Drawing) {
  const { timeline, shape, zone, log = false, colour } = drawing;
  const text = { color: colour('--dim'), fontSize: 11 };
  const grid = { color: colour('--line') };
  return {
    animation: false,
    grid: { ...plotMargin, containLabel: false },
    xAxis: {
      type: 'category',
      data: timeline.times.map((time) => formatBucket(time, timeline.step, zone)),
      axisLine: { lineStyle: grid },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: {
      ...(log ? { type: 'log' } : { type: 'value', min: 0, minInterval: isCount(timeline.unit) ? 1 : 0 }),
      splitNumber: 3,
      axisLabel: { ...text, formatter: (value: number) => formatNumber(value, timeline.unit) },
      splitLine: { lineStyle: grid },
    },
    series: timeline.series.map((series) =>
      shape === 'bars' && !series.dashed ? bars(series, drawing) : line(series, drawing),
    ),
  };
}

/** One sentence that says what the chart shows, for those who do not see it. */
export function summarise(title: string, timeline: Timeline): string {
  const parts = timeline.series.map((series) => {
    const known = series.values.filter((value) => value !== null);
    if (known.length === 0) return `${series.label}: nothing`;
    const [least, most] = [Math.min(...known), Math.max(...known)];
    return `${series.label} between ${formatNumber(least, timeline.unit)} and ${formatNumber(most, timeline.unit)}`;
  });
  return `${title}, ${timeline.times.length} buckets. ${parts.join('; ')}.`;
}
