/**
 * Circuits: the connections of clients to services, from their making to their end. One connection gives several
 * events, and an attempt that failed may be followed by one that did not under the same id; they are told of as they
 * are, in family network, so that nobody takes their number for that of requests.
 *
 * A dial that policies forbid never gets as far as a circuit and gives no event.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, list, number, object, text } from '../fields.ts';
import { addressOf, filled, listOf, microsOfNanos, objectOf, textOf, textsOf } from '../reading.ts';
import { severityOf } from '../verdict.ts';
import { byContent, circuitTags, envelope, timeOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  version: number('Version of the form, 2.'),
  event_type: text('What happened: created, pathUpdated, deleted or failed.'),
  circuit_id: text('Id of the circuit; several attempts may share it.'),
  session_id: text('Id of the circuit before 0.22.'),
  client_id: text('The session that dials, or the identity where no session is needed (2.1).', {
    attribute: true,
    personal: true,
  }),
  service_id: text('Service that is dialled.'),
  terminator_id: text('Terminator that was chosen; empty when none was.', { attribute: true }),
  instance_id: text('Instance of the terminator.', { attribute: true }),
  creation_timespan: number('How long the circuit took to make; on created and failed.', { unit: 'ns' }),
  path: object('Way through the network.', {
    nodes: list('Routers, from that of the client to that of the host.', { attribute: true }),
    links: list('Links between them; null when there is one router.', { attribute: true }),
    ingress_id: text('Id of the connection at the first router.'),
    egress_id: text('Id of the connection at the last router.'),
    initiator_local_addr: text('Address at which the client was taken in.'),
    initiator_remote_addr: text('Address and port of the client.', { personal: true }),
    terminator_local_addr: text('Address from which the host was dialled.'),
    terminator_remote_addr: text('Address and port of the host.', { attribute: true }),
  }),
  link_count: number('Number of links.', { attribute: true }),
  path_cost: number('Cost of the path when it was chosen.', { attribute: true }),
  failure_cause: text('Why the circuit could not be made, such as NO_ONLINE_TERMINATORS.'),
  duration: number('How long the circuit has lived; on pathUpdated and deleted.', { unit: 'ns' }),
  tags: circuitTags,
});
const readAttributes = attributesReader(fields.properties);

/** Causes that lie with the host of the service; the others lie with the network and its configuration. */
const hostCauses: ReadonlySet<unknown> = new Set([
  'NO_ONLINE_TERMINATORS',
  'ROUTER_ERR_GENERIC',
  'ROUTER_ERR_DIAL_TIMED_OUT',
  'ROUTER_ERR_CONN_REFUSED',
  'ROUTER_ERR_DNS_RESOLUTION_FAILED',
  'ROUTER_ERR_REJECTED_BY_APPLICATION',
]);
/** The one cause that is a refusal: the configuration of the service leaves the port out. */
const portNotAllowed = 'ROUTER_ERR_PORT_NOT_ALLOWED';

function normalise(record: GatewayRecord) {
  const path = objectOf(record.path);
  const tags = objectOf(record.tags);
  const action = textOf(record.event_type);
  const cause = textOf(record.failure_cause);
  const isDenied = cause === portNotAllowed;
  const outcome = isDenied ? 'denied' : action === 'failed' ? 'failure' : 'success';
  const attributes = readAttributes(record) ?? {};
  const nodes = textsOf(path.nodes);
  const links = textsOf(path.links);
  if (nodes !== undefined) attributes['path.nodes'] = nodes.join(' ');
  if (links !== undefined) attributes['path.links'] = links.join(' ');
  return filled({
    time: timeOf(record),
    action,
    severity: severityOf(outcome),
    outcome,
    gateway: textOf(record.event_src_id),
    node: textOf(listOf(path.nodes)[0]),
    serviceId: textOf(record.service_id) ?? textOf(tags.serviceId),
    consumerId: textOf(tags.clientId),
    clientIp: addressOf(path.initiator_remote_addr),
    granted: isDenied ? false : action === 'created' ? true : undefined,
    denialReason: isDenied ? 'routeNotAllowed' : undefined,
    nativeDenialReason: isDenied ? cause : undefined,
    errorOrigin: cause === undefined ? undefined : hostCauses.has(cause) ? 'upstream' : 'gateway',
    error: cause,
    duration: microsOfNanos(record.duration),
    overhead: microsOfNanos(record.creation_timespan),
    circuitId: textOf(record.circuit_id) ?? textOf(record.session_id),
    attributes,
  });
}

export const circuit: EventType = {
  name: 'circuit',
  // The second is what circuits were called before 0.22.
  aliases: ['fabric.circuits', 'fabric.sessions'],
  doc: 'A connection of a client to a service was made, rerouted or ended, or an attempt at one failed.',
  family: 'network',
  identity: byContent,
  fields,
  example: {
    namespace: 'circuit',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:30:45.118204511+01:00',
    version: 2,
    event_type: 'deleted',
    circuit_id: '3vTq8LmYxWdRk2NsPz6HcA',
    client_id: 'cmk9s1v4e00d2jq7xr0u5ha3b',
    service_id: '1pLx7VdQmZrK4sTn9YwGhE',
    terminator_id: '6ZcRj2WtHfBq8UvMx0NyLs',
    instance_id: '',
    path: {
      nodes: ['Edge4kTqZ', 'Core7mXwB'],
      links: ['5xHnQ3vKdYpLs8RzW2mTcJ'],
      ingress_id: '2kVwNq7TzXbYc4LrHd9PsM',
      egress_id: '7yGtRm1QxZkWn5BvJf3DhS',
      initiator_local_addr: '10.20.0.4:3022',
      initiator_remote_addr: '203.0.113.24:51422',
      terminator_local_addr: '10.20.1.7:44210',
      terminator_remote_addr: '10.20.1.30:5432',
    },
    link_count: 1,
    path_cost: 262149,
    duration: 48211300412,
    tags: { clientId: 'anaLptp7Q', hostId: 'pgHost9xW', serviceId: '1pLx7VdQmZrK4sTn9YwGhE' },
  },
  normalise,
};
