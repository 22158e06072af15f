/**
 * Counters of a service over an interval: dials by how they ended, health checks of its hosts. They are no single
 * dials, and come in parts that are to be added. One bad dial counts twice, as service.dial.fail and as its cause.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, number, text } from '../fields.ts';
import { filled, textOf } from '../reading.ts';
import { byContent, envelope, interval, timeOfCount, type Verdicts } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  version: number('Version of the form, 2.'),
  event_type: text(
    'What was counted: service.dial.success, service.dial.fail or one of its causes (service.dial.timeout, ' +
      'service.dial.error_other, service.dial.terminator.timeout, service.dial.terminator.connection_refused, ' +
      'service.dial.terminator.invalid, service.dial.terminator.misconfigured), service.health_check.passed, ' +
      'service.health_check.failed.',
  ),
  terminator_id: text('Terminator that was dialled; empty where the count is of the whole service.', {
    attribute: true,
  }),
  service_id: text('Service.'),
  count: number('How often, in this part of the interval.', { attribute: true }),
  ...interval,
});
const readAttributes = attributesReader(fields.properties);

const verdicts: Verdicts = new Map([
  ['service.dial.success', ['success', 'info']],
  ['service.dial.fail', ['failure', 'error']],
  ['service.health_check.passed', ['success', 'info']],
  ['service.health_check.failed', ['failure', 'error']],
]);
const causes = 'service.dial.';
const health = 'service.health_check.';

function normalise(record: GatewayRecord) {
  const action = textOf(record.event_type);
  const verdict = verdicts.get(action);
  const isCause = verdict === undefined && action?.startsWith(causes) === true;
  const [outcome, severity] = verdict ?? (isCause ? ['failure', 'warning'] : ['unknown', 'info']);
  return filled({
    time: timeOfCount(record),
    ...(action?.startsWith(health) === true ? { family: 'health' as const } : {}),
    action,
    severity,
    outcome,
    gateway: textOf(record.event_src_id),
    serviceId: textOf(record.service_id),
    error: isCause ? action?.slice(causes.length) : undefined,
    attributes: readAttributes(record),
  });
}

export const service: EventType = {
  name: 'service',
  // The first is what a subscription says, the second what comes.
  aliases: ['services', 'service.events'],
  doc: 'How often dials of a service ended in one way in a part of an interval, or health checks of its hosts did.',
  family: 'metric',
  identity: byContent,
  fields,
  example: {
    namespace: 'service',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:31:20.710482113+01:00',
    version: 2,
    event_type: 'service.dial.terminator.connection_refused',
    terminator_id: '6ZcRj2WtHfBq8UvMx0NyLs',
    service_id: '1pLx7VdQmZrK4sTn9YwGhE',
    count: 2,
    interval_start_utc: 1768473060,
    interval_length: 60,
  },
  normalise,
};
