/**
 * Metrics of controllers and routers, one event for each metric of a report. `metrics` holds a value, or the figures of
 * a meter, a histogram or a timer, and not all of them where the subscription filters; times are in nanoseconds.
 * Version 1, which has no `version`, puts the name of the metric in front of each figure; here they are named alike.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, number, object, text } from '../fields.ts';
import { filled, objectOf, textOf } from '../reading.ts';
import { byContent, envelope, timeOf } from './envelope.ts';

const figure = (description: string) => number(description, { attribute: true });

const fields = Type.Object({
  ...envelope,
  metric_type: text('Kind of metric: intValue, floatValue, meter, histogram or timer.', { attribute: true }),
  source_id: text('Controller or router that measured.'),
  source_entity_id: text('What was measured: a link for link metrics, a router for ctrl metrics.'),
  version: number('Version of the form: 2 or 3, absent in the first.'),
  metric: text('Name of the metric, such as link.latency.', { attribute: true }),
  metrics: object('Its figures.', {
    value: figure('Value of a gauge.'),
    count: figure('Events since the start.'),
    mean_rate: figure('Events a second since the start.'),
    m1_rate: figure('Events a second over the last minute.'),
    m5_rate: figure('Events a second over the last five minutes.'),
    m15_rate: figure('Events a second over the last fifteen minutes.'),
    min: figure('Smallest value.'),
    max: figure('Largest value; stays for many minutes.'),
    mean: figure('Mean.'),
    std_dev: figure('Standard deviation.'),
    variance: figure('Variance.'),
    p50: figure('Median.'),
    p75: figure('The 75th percentile.'),
    p95: figure('The 95th percentile.'),
    p99: figure('The 99th percentile.'),
    p999: figure('The 99.9th percentile.'),
    p9999: figure('The 99.99th percentile.'),
  }),
  tags: object('On link metrics, while the link is known.', {
    sourceRouterId: text('Router that dialled the link.', { attribute: true }),
    targetRouterId: text('Router that was dialled.', { attribute: true }),
  }),
  source_event_id: text('Id of the report, which all its metrics share.', { attribute: true }),
});
const readAttributes = attributesReader(fields.properties);

/** `link.latency.p95` as `metrics.p95`; a bare name is the value of a gauge. */
function addFirstVersion(attributes: Record<string, string>, metric: string, figures: GatewayRecord): void {
  for (const name in figures) {
    const value = figures[name];
    if (typeof value !== 'number' || !name.startsWith(metric)) continue;
    if (name === metric) attributes['metrics.value'] = String(value);
    else if (name[metric.length] === '.')
      attributes[`metrics.${name.slice(metric.length + 1)}`] = String(value);
  }
}

function normalise(record: GatewayRecord) {
  const metric = textOf(record.metric);
  const attributes = readAttributes(record) ?? {};
  if (record.version === undefined && metric !== undefined)
    addFirstVersion(attributes, metric, objectOf(record.metrics));
  const entityId = textOf(record.source_entity_id);
  const isOfLink = metric?.startsWith('link.') === true;
  return filled({
    time: timeOf(record),
    gateway: textOf(record.event_src_id),
    node: textOf(record.source_id),
    entityType: entityId === undefined ? undefined : isOfLink ? 'links' : 'routers',
    entityId,
    attributes,
  });
}

export const metrics: EventType = {
  name: 'metrics',
  doc: 'One metric of a controller or router at one moment.',
  family: 'metric',
  identity: byContent,
  fields,
  example: {
    namespace: 'metrics',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T10:36:00.219440318Z',
    metric_type: 'histogram',
    source_id: 'Edge4kTqZ',
    source_entity_id: '5xHnQ3vKdYpLs8RzW2mTcJ',
    version: 3,
    metric: 'link.latency',
    metrics: {
      count: 360,
      max: 9120455,
      mean: 4210388.4,
      min: 3980112,
      p50: 4180211,
      p75: 4301100.25,
      p95: 4890021.6,
      p99: 7020113.2,
      p999: 9120455,
      p9999: 9120455,
      std_dev: 310221.7,
      variance: 96237503144.9,
    },
    tags: { sourceRouterId: 'Edge4kTqZ', targetRouterId: 'Core7mXwB' },
    source_event_id: '7e1d5c0a-93b4-4f2e-8d61-2a9c4b7f0e35',
  },
  normalise,
};
