/**
 * Connections to controllers and routers that were let in; those that were not give no event. One for each call of the
 * API by an identity, each control connection of a router or another controller, each connection of an SDK.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, text } from '../fields.ts';
import { addressOf, filled, textOf } from '../reading.ts';
import { basicsOf, byContent, envelope } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  src_type: text('Who connected: identity, router or peer (another controller).'),
  dst_type: text('To what: ctrl or router.', { attribute: true }),
  src_id: text('Id of who connected.', { personal: true }),
  src_addr: text('Its address and port.', { personal: true }),
  dst_id: text('Id of what was connected to.', { attribute: true }),
  dst_addr: text('Address and port that was asked for; with the path of a call up to 1.3.'),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const source = textOf(record.src_type);
  const asked = textOf(record.dst_addr);
  const slash = asked?.indexOf('/') ?? -1;
  return filled({
    ...basicsOf(record, undefined),
    node:
      record.dst_type === 'router'
        ? textOf(record.dst_id)
        : source === 'router'
          ? textOf(record.src_id)
          : undefined,
    consumerId: textOf(record.src_id),
    identityType: source,
    clientIp: addressOf(record.src_addr),
    host: slash > 0 ? asked?.slice(0, slash) : asked,
    path: slash > 0 ? asked?.slice(slash) : undefined,
    granted: true,
    attributes: readAttributes(record),
  });
}

export const connect: EventType = {
  name: 'connect',
  doc: 'An identity, a router or a controller connected to a controller or a router.',
  family: 'network',
  identity: byContent,
  fields,
  example: {
    namespace: 'connect',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:30:03.441+01:00',
    src_type: 'identity',
    dst_type: 'router',
    src_id: 'anaLptp7Q',
    src_addr: '203.0.113.24:51422',
    dst_id: 'Edge4kTqZ',
    dst_addr: '10.20.0.4:3022',
  },
  normalise,
};
