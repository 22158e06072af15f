/**
 * Usage: bytes that a router counted on a circuit over an interval. Version 2 has an event for each kind, version 3 a
 * map of kinds; parts of one interval come apart and are to be added.
 *
 * Four of the six kinds tell of the same bytes: what a client uploads is ingress.rx where it comes in and egress.tx
 * where it leaves, what it downloads is egress.rx and ingress.tx; the fabric kinds count every hop and every
 * retransmission. So they are attributes here. The bytes that add up, each counted once however it is told, are in the
 * `transfer` events that are derived from these.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, number, object, text } from '../fields.ts';
import { filled, objectOf, textOf } from '../reading.ts';
import { byContent, circuitTags, envelope, interval, timeOfCount } from './envelope.ts';

const bytes = (description: string) => number(description, { unit: 'By', attribute: true });

const fields = Type.Object({
  ...envelope,
  version: number('Version of the form: 2 or 3.'),
  event_type: text('Kind of usage, such as usage.ingress.rx; not in version 3.'),
  source_id: text('Router that counted.'),
  circuit_id: text('Circuit.'),
  session_id: text('Circuit before 0.22.'),
  usage: object('Bytes: a number in version 2, in version 3 a map of kinds, which need not be complete.', {
    'ingress.rx': bytes('Read from the client: the upload.'),
    'ingress.tx': bytes('Written to the client: the download once more.'),
    'egress.rx': bytes('Read from the host: the download.'),
    'egress.tx': bytes('Written to the host: the upload once more.'),
    'fabric.rx': bytes('Read from another router, retransmissions included.'),
    'fabric.tx': bytes('Written to another router, retransmissions included.'),
  }),
  ...interval,
  tags: circuitTags,
});
const readAttributes = attributesReader(fields.properties);
const prefix = 'usage.';

function normalise(record: GatewayRecord) {
  const tags = objectOf(record.tags);
  const kind = textOf(record.event_type);
  const attributes = readAttributes(record) ?? {};
  // In either version under one name. Counters of old routers bring the prefix along.
  if (typeof record.usage === 'number') {
    if (kind?.startsWith(prefix) === true) attributes[kind] = String(record.usage);
  } else {
    const usage = objectOf(record.usage);
    for (const name in usage)
      if (name.startsWith(prefix) && typeof usage[name] === 'number') attributes[name] = String(usage[name]);
  }
  return filled({
    time: timeOfCount(record),
    action: kind,
    gateway: textOf(record.event_src_id),
    node: textOf(record.source_id),
    serviceId: textOf(tags.serviceId),
    consumerId: textOf(tags.clientId),
    circuitId: textOf(record.circuit_id) ?? textOf(record.session_id),
    attributes,
  });
}

export const usage: EventType = {
  name: 'usage',
  aliases: ['fabric.usage'],
  doc: 'Bytes that a router carried for a circuit in a part of an interval, by kind.',
  family: 'usage',
  identity: byContent,
  fields,
  example: {
    namespace: 'usage',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:30:50.325117204+01:00',
    version: 3,
    source_id: 'Edge4kTqZ',
    circuit_id: '3vTq8LmYxWdRk2NsPz6HcA',
    usage: { 'ingress.rx': 18452, 'egress.rx': 990211 },
    interval_start_utc: 1768473040,
    interval_length: 5,
    tags: { clientId: 'anaLptp7Q', hostId: 'pgHost9xW', serviceId: '1pLx7VdQmZrK4sTn9YwGhE' },
  },
  normalise,
};
