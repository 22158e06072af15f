/** Alerts that routers raise for people to look at (since 1.7), with the router's own clock in milliseconds. */
import Type from 'typebox';
import type { Severity } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, list, object, text } from '../fields.ts';
import { filled, objectOf, textOf, textsOf } from '../reading.ts';
import { byContent, envelope, timeOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  alert_source_type: text('What raised it: router.'),
  alert_source_id: text('Id of what raised it.'),
  severity: text('So far always error.'),
  message: text('What is wrong.'),
  details: list('More about it, in sentences, or null.'),
  related_entities: object('Ids of what it concerns, by kind.', {
    router: text('Router.', { attribute: true }),
    identity: text('Identity of the router.', { attribute: true }),
    service: text('Service.'),
    configBaseType: text('Kind of configuration that could not be applied.', { attribute: true }),
  }),
});
const readAttributes = attributesReader(fields.properties);

const severities: ReadonlyMap<unknown, Severity> = new Map([
  ['critical', 'critical'],
  ['error', 'error'],
  ['warning', 'warning'],
  ['info', 'info'],
] as const);

function normalise(record: GatewayRecord) {
  const sourceType = textOf(record.alert_source_type);
  const sourceId = textOf(record.alert_source_id);
  return filled({
    time: timeOf(record),
    severity: severities.get(record.severity) ?? 'error',
    outcome: 'failure',
    gateway: textOf(record.event_src_id),
    node: sourceType === 'router' ? sourceId : undefined,
    serviceId: textOf(objectOf(record.related_entities).service),
    error: textsOf(record.details)?.join('; '),
    message: textOf(record.message),
    entityType: sourceType === 'router' ? 'routers' : sourceType,
    entityId: sourceId,
    attributes: readAttributes(record),
  });
}

export const alert: EventType = {
  name: 'alert',
  doc: 'A router cannot do what it is configured to do.',
  family: 'alert',
  identity: byContent,
  fields,
  example: {
    namespace: 'alert',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:15:42.118+01:00',
    alert_source_type: 'router',
    alert_source_id: 'Edge4kTqZ',
    severity: 'error',
    message: 'the service cannot be listened for',
    details: ['network interface eth3 has no address that could be used'],
    related_entities: { router: 'Edge4kTqZ', identity: 'Edge4kTqZ', service: '1pLx7VdQmZrK4sTn9YwGhE' },
  },
  normalise,
};
