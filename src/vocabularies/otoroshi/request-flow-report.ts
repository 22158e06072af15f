/**
 * Otoroshi's RequestFlowReport: the steps of one call through the proxy engine. Nothing in it joins it with the call: the
 * id of the report is not that of the request.
 */
import type { Outcome } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { list, number, object, text, time } from '../fields.ts';
import { listOf, microsOf, numberOf, objectOf, textOf } from '../reading.ts';
import { severityOf } from '../verdict.ts';
import { otoroshiType, routeId } from './event-type.ts';

/** Microseconds, from the nanoseconds beside the milliseconds where they are. */
const preciseOf = (report: GatewayRecord, name: string): number | undefined => {
  const nanos = numberOf(report[`${name}_ns`]);
  return nanos === undefined ? microsOf(report[name]) : Math.round(nanos / 1000);
};

/** A refused call is a `Successful` report too: it ends with the answer of a plugin instead of the backend’s. */
function outcomeOfReport(report: GatewayRecord): Outcome {
  if (report.state === 'Failed') return 'failure';
  const last = objectOf(listOf(report.steps).at(-1)).task;
  if (last === 'request-failure') return 'failure';
  return report.state === 'Successful' && last !== 'rendering-intermediate-result' ? 'success' : 'unknown';
}

// Each exporter draws an `@id` of its own.
export const requestFlowReport: EventType = otoroshiType({
  name: 'RequestFlowReport',
  doc: 'The steps of one call through the proxy engine, with their times.',
  family: 'trace',
  identity: { by: 'native', paths: ['report.id'], redrawn: ['@id'] },
  fields: {
    route: object('The whole route.', { id: text('Its id.'), name: text('Its name.') }),
    report: object('The course of the call.', {
      id: text('Id of the report, the same for all exporters; not the id of the request.'),
      creation: time('When the call began.'),
      termination: time('When it ended.'),
      duration: number('From first byte in to last byte out.', { unit: 'ms' }),
      duration_ns: number('The same in nanoseconds.'),
      overhead: number('Time spent in Otoroshi.', { unit: 'ms' }),
      overhead_ns: number('The same in nanoseconds.'),
      overhead_in: number('The part before the backend was called.', { unit: 'ms', attribute: true }),
      overhead_in_ns: number('The same in nanoseconds.'),
      overhead_out: number('The part after the backend answered.', { unit: 'ms', attribute: true }),
      overhead_out_ns: number('The same in nanoseconds.'),
      state: text('Created, Running, Successful or Failed; Successful also when the call was refused.', {
        attribute: true,
      }),
      steps: list(
        'Steps in their order, each with task, start, stop and duration, and in `ctx` what it found; that of find-route is a whole route.',
      ),
    }),
  },
  example: {
    '@id': '77d0a4c77-2d1e-4f3a-9a05-35a1b3d4f1de',
    route: { id: routeId, name: 'orders-api' },
    report: {
      id: '154123889f-0d1f-4c5a-9d35-2f6f3b0a1c11',
      creation: '2026-01-01T00:01:29.869Z',
      termination: '2026-01-01T00:01:30.000Z',
      duration: 131,
      duration_ns: 131004211,
      overhead: 12,
      overhead_ns: 12450100,
      overhead_in: 9,
      overhead_out: 3,
      state: 'Successful',
      steps: [
        {
          task: 'start-handling',
          start: 1767225689869,
          stop: 1767225689870,
          duration: 1,
          duration_ns: 780112,
        },
        {
          task: 'call-backend',
          start: 1767225689878,
          stop: 1767225689997,
          duration: 119,
          duration_ns: 118554111,
        },
        {
          task: 'request-success',
          start: 1767225690000,
          stop: 1767225690000,
          duration: 0,
          duration_ns: 10000,
        },
      ],
    },
  },
  columns(record) {
    const report = objectOf(record.report);
    const outcome = outcomeOfReport(report);
    return {
      severity: severityOf(outcome),
      outcome,
      route: textOf(objectOf(record.route).name),
      duration: preciseOf(report, 'duration'),
      overhead: preciseOf(report, 'overhead'),
    };
  },
});
