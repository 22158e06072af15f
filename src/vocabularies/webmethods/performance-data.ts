/**
 * webMethods' PerformanceData: what one node saw of an API, or of one operation, in an interval of 1 to 60 minutes.
 *
 * An aggregate of calls and no call itself: its figures stay attributes in the sender's units, so that no measure of
 * single calls ever adds them up. Nothing in it names the node, so two nodes may send equal records.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, number, time } from '../fields.ts';
import { filled } from '../reading.ts';
import { microsOfDate } from './dates.ts';
import { apiColumns, envelope, ofApi } from './envelope.ts';

const figure = { attribute: true };
const milliseconds = { unit: 'ms', attribute: true } as const;
const inRfc3339 = 'in words of RFC 1123; the attribute is RFC 3339.';

const fields = Type.Object({
  ...envelope,
  ...ofApi,
  intervalStart: time(`Start of the interval, ${inRfc3339}`, figure),
  intervalStop: time(`End of the interval, ${inRfc3339}`, figure),
  availability: number('Percentage of the interval in which the API was available.', figure),
  avgResponseTime: number('Mean time to answer.', milliseconds),
  minResponseTime: number('Shortest time to answer.', milliseconds),
  maxResponseTime: number('Longest time to answer.', milliseconds),
  successCount: number('Calls that succeeded.', figure),
  faultCount: number('Calls that failed.', figure),
  totalCount: number('All calls.', figure),
  includeFaults: flag('Whether the times include those of failed calls.', figure),
});
const readAttributes = attributesReader(fields.properties);

const isTime = (micros: number | undefined): micros is number =>
  micros !== undefined && Math.abs(micros) <= 8.64e18;

function normalise(record: GatewayRecord) {
  const columns = apiColumns(record);
  const start = microsOfDate(record.intervalStart);
  const stop = microsOfDate(record.intervalStop);
  const attributes = readAttributes(record) ?? {};
  if (isTime(start)) attributes.intervalStart = new Date(start / 1000).toISOString();
  if (isTime(stop)) attributes.intervalStop = new Date(stop / 1000).toISOString();
  return filled({
    ...columns,
    time: columns.time ?? stop,
    severity: 'info',
    outcome: 'unknown',
    attributes,
  });
}

export const performanceData: EventType = {
  name: 'PerformanceData',
  doc: 'What a node saw of an API or an operation in an interval: counts, response times, availability.',
  family: 'performance',
  identity: { by: 'position' },
  fields,
  example: {
    eventType: 'PerformanceData',
    creationDate: 1795266000000,
    apiId: 'b1f0c2de-1d3a-4f52-9f0e-6c1f2a7d9e11',
    apiName: 'Orders',
    apiVersion: '2.1',
    operationName: '/orders/{orderId}',
    intervalStart: '21 Nov 2026 12:00:00 GMT',
    intervalStop: '21 Nov 2026 13:00:00 GMT',
    availability: 99.7,
    avgResponseTime: 137.6,
    minResponseTime: 90,
    maxResponseTime: 1401,
    successCount: 1811,
    faultCount: 4,
    totalCount: 1815,
    includeFaults: true,
  },
  normalise,
};
