/**
 * What came and went: routers, the terminators by which they host services, the SDKs of identities, the links between
 * routers. Each controller reports what it sees, so in a cluster the same change is told several times.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, list, number, text } from '../fields.ts';
import { filled, listOf, numberOf, textOf } from '../reading.ts';
import { basicsOf, byContent, envelope, type Verdicts } from './envelope.ts';

const verdicts: Verdicts = new Map([
  ['router-offline', ['failure', 'error']],
  ['sdk-offline', ['success', 'notice']],
  // Nobody who knew is left to ask. It is said again at each look, until it becomes offline.
  ['sdk-status-unknown', ['unknown', 'notice']],
  ['deleted', ['success', 'notice']],
  ['fault', ['failure', 'error']],
  ['routerLinkDisconnectedDest', ['failure', 'warning']],
]);

const routerFields = Type.Object({
  ...envelope,
  event_type: text('What happened: router-online or router-offline.'),
  router_id: text('Router.'),
  router_online: flag('Whether it is online, which the kind says too.'),
});
const readRouter = attributesReader(routerFields.properties);

export const router: EventType = {
  name: 'router',
  aliases: ['fabric.routers'],
  doc: 'A router came online or went offline, as one controller sees it.',
  family: 'health',
  identity: byContent,
  fields: routerFields,
  example: {
    namespace: 'router',
    timestamp: '2026-01-15T11:41:00.900118204+01:00',
    event_src_id: 'ctrl-berlin',
    event_type: 'router-offline',
    router_id: 'Core7mXwB',
    router_online: false,
  },
  normalise(record: GatewayRecord) {
    return filled({
      ...basicsOf(record, textOf(record.event_type), verdicts),
      node: textOf(record.router_id),
      entityType: 'routers',
      entityId: textOf(record.router_id),
      attributes: readRouter(record),
    });
  },
};

const terminatorFields = Type.Object({
  ...envelope,
  event_type: text(
    'What happened: router-online or router-offline; before 2.0 also created, updated and deleted.',
  ),
  service_id: text('Service.'),
  terminator_id: text('Terminator.'),
  router_id: text('Router it is at.'),
  host_id: text('Identity that hosts; empty where the router dials the server itself.', { attribute: true }),
  instance_id: text('Instance of the service.', { attribute: true }),
  router_online: flag('Whether the router is online.', { attribute: true }),
  precedence: text('Which is taken first: default, required or failed.', { attribute: true }),
  static_cost: number('Cost as configured.', { attribute: true }),
  dynamic_cost: number('Cost by load.', { attribute: true }),
  total_terminators: number('Terminators of the service; -1 when it cannot be read.', { attribute: true }),
  usable_default_terminators: number('Those of default precedence whose router is online.', {
    attribute: true,
  }),
  usable_required_terminators: number('Those of required precedence whose router is online.', {
    attribute: true,
  }),
});
const readTerminator = attributesReader(terminatorFields.properties);

/** Nobody is left to dial: the service is down. */
const isDown = (record: GatewayRecord): boolean =>
  numberOf(record.usable_default_terminators) === 0 && numberOf(record.usable_required_terminators) === 0;

export const terminator: EventType = {
  name: 'terminator',
  aliases: ['fabric.terminators'],
  doc: 'A way to a service changed or came and went with its router; critical when the service has no usable one left.',
  family: 'health',
  identity: byContent,
  fields: terminatorFields,
  example: {
    namespace: 'terminator',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:41:00.930418207+01:00',
    event_type: 'router-offline',
    service_id: '1pLx7VdQmZrK4sTn9YwGhE',
    terminator_id: '6ZcRj2WtHfBq8UvMx0NyLs',
    router_id: 'Core7mXwB',
    host_id: 'pgHost9xW',
    instance_id: '',
    router_online: false,
    precedence: 'default',
    static_cost: 0,
    dynamic_cost: 4,
    total_terminators: 2,
    usable_default_terminators: 1,
    usable_required_terminators: 0,
  },
  normalise(record: GatewayRecord) {
    const basics = basicsOf(record, textOf(record.event_type), verdicts);
    return filled({
      ...basics,
      severity: isDown(record) && basics.outcome === 'failure' ? 'critical' : basics.severity,
      node: textOf(record.router_id),
      serviceId: textOf(record.service_id),
      entityType: 'terminators',
      entityId: textOf(record.terminator_id),
      attributes: readTerminator(record),
    });
  },
};

const sdkFields = Type.Object({
  ...envelope,
  event_type: text('What is seen: sdk-online, sdk-offline or sdk-status-unknown; each may be said again.'),
  identity_id: text('Identity; the id of a router where its own tunneler is meant.', { personal: true }),
});
const readSdk = attributesReader(sdkFields.properties);

export const sdk: EventType = {
  name: 'sdk',
  doc: 'The SDK of an identity is connected to a router, no longer is, or nobody knows.',
  family: 'session',
  identity: byContent,
  fields: sdkFields,
  example: {
    namespace: 'sdk',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:30:03.470118206+01:00',
    event_type: 'sdk-online',
    identity_id: 'anaLptp7Q',
  },
  normalise(record: GatewayRecord) {
    return filled({
      ...basicsOf(record, textOf(record.event_type), verdicts),
      consumerId: textOf(record.identity_id),
      attributes: readSdk(record),
    });
  },
};

const linkFields = Type.Object({
  ...envelope,
  event_type: text(
    'What happened: routerLinkNew, routerLinkKnown (told again), routerLinkDisconnectedDest, connectionsChanged, fault or duplicate; before 2.0 also dialed and connected.',
  ),
  link_id: text('Link; on faults often all there is.'),
  src_router_id: text('Router that dialled.', { attribute: true }),
  dst_router_id: text('Router that was dialled.', { attribute: true }),
  protocol: text('Protocol of the link, such as tls.'),
  dial_address: text('Address that was dialled.', { attribute: true }),
  cost: number('Cost of the link.', { attribute: true }),
  connections: list('All connections of the link, each with both addresses; the attribute is their number.', {
    attribute: true,
  }),
});
const readLink = attributesReader(linkFields.properties);

export const link: EventType = {
  name: 'link',
  aliases: ['fabric.links'],
  doc: 'A link between two routers was made, changed, found superfluous or broken.',
  family: 'network',
  identity: byContent,
  fields: linkFields,
  example: {
    namespace: 'link',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:20:19.500118203+01:00',
    event_type: 'routerLinkNew',
    link_id: '5xHnQ3vKdYpLs8RzW2mTcJ',
    src_router_id: 'Edge4kTqZ',
    dst_router_id: 'Core7mXwB',
    protocol: 'tls',
    dial_address: 'tls:core-7.acme.test:3023',
    cost: 1,
    connections: [
      { id: 'link.default', local_addr: 'tcp:10.20.0.4:40110', remote_addr: 'tcp:10.20.1.7:3023' },
      { id: 'link.ack', local_addr: 'tcp:10.20.0.4:40112', remote_addr: 'tcp:10.20.1.7:3023' },
    ],
  },
  normalise(record: GatewayRecord) {
    const action = textOf(record.event_type);
    const attributes = readLink(record) ?? {};
    // A change that leaves none says so by leaving the list out.
    if (Array.isArray(record.connections) || action === 'connectionsChanged')
      attributes.connections = String(listOf(record.connections).length);
    return filled({
      ...basicsOf(record, action, verdicts),
      node: textOf(record.src_router_id),
      protocol: textOf(record.protocol),
      entityType: 'links',
      entityId: textOf(record.link_id),
      attributes,
    });
  },
};
