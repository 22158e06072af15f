/** Events of kinds that this vocabulary does not know, as releases to come may send: kept under their own name. */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, text } from '../fields.ts';
import { filled, textOf } from '../reading.ts';
import { byContent, envelope, timeOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  event_type: text('What happened.'),
  service_id: text('Service.'),
  identity_id: text('Identity.', { personal: true }),
  router_id: text('Router.'),
  circuit_id: text('Circuit.'),
});
const readAttributes = attributesReader(fields.properties);

/** `edge.things` and `things` are one kind in two spellings. */
const nameOf = (namespace: string | undefined): string | undefined =>
  namespace?.replace(/^(fabric|edge)\.(?=.)/, '');

export const otherEvent: EventType = {
  name: 'event',
  doc: 'Any other event of a controller, stored under its native name.',
  family: 'unknown',
  identity: byContent,
  fields,
  example: {
    namespace: 'edge.postures',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:42:07.610118204+01:00',
    event_type: 'failed',
    identity_id: 'anaLptp7Q',
    service_id: '1pLx7VdQmZrK4sTn9YwGhE',
    check: 'operating system is too old',
  },
  normalise: (record: GatewayRecord) =>
    filled({
      time: timeOf(record),
      type: nameOf(textOf(record.namespace)) as string,
      action: textOf(record.event_type),
      gateway: textOf(record.event_src_id),
      node: textOf(record.router_id),
      serviceId: textOf(record.service_id),
      consumerId: textOf(record.identity_id),
      circuitId: textOf(record.circuit_id),
      attributes: readAttributes(record),
    }),
};
