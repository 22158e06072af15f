/**
 * Changes of the cluster of controllers, as one of them sees it: several report the same change. Its keys are in camel
 * case.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, list, number, text } from '../fields.ts';
import { filled, listOf, objectOf, textOf } from '../reading.ts';
import { basicsOf, byContent, envelope, type Verdicts } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  eventType: text(
    'What happened: peer.connected, peer.disconnected, peer.not_member, members.changed, leadership.gained, ' +
      'leadership.lost, state.has_leader, state.is_leaderless, state.ro, state.rw.',
  ),
  index: number('Raft index; on members.changed.', { attribute: true }),
  peers: list('Controllers concerned: the peer, or all members.'),
  leaderId: text('Controller that leads; on state.has_leader.', { attribute: true }),
});
const readAttributes = attributesReader(fields.properties);

const verdicts: Verdicts = new Map([
  ['state.is_leaderless', ['failure', 'critical']],
  ['state.ro', ['failure', 'error']],
  ['state.has_leader', ['success', 'notice']],
  ['state.rw', ['success', 'notice']],
  ['peer.disconnected', ['failure', 'warning']],
  ['peer.not_member', ['failure', 'warning']],
  ['leadership.lost', ['success', 'warning']],
  ['leadership.gained', ['success', 'notice']],
  ['members.changed', ['success', 'notice']],
]);

function normalise(record: GatewayRecord) {
  const action = textOf(record.eventType);
  const isOfPeer = action?.startsWith('peer.') === true;
  const peer = objectOf(listOf(record.peers)[0]);
  return filled({
    ...basicsOf(record, action, verdicts),
    host: isOfPeer ? textOf(peer.addr) : undefined,
    entityType: 'controllers',
    entityId: isOfPeer ? textOf(peer.id) : (textOf(record.leaderId) ?? textOf(record.event_src_id)),
    attributes: readAttributes(record),
  });
}

export const cluster: EventType = {
  name: 'cluster',
  aliases: ['fabric.cluster'],
  doc: 'The cluster of controllers changed: peers, members, leadership, whether it can be written to.',
  family: 'health',
  identity: byContent,
  fields,
  example: {
    namespace: 'cluster',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T12:00:01.020448117+01:00',
    eventType: 'peer.connected',
    peers: [
      {
        id: 'ctrl-oslo',
        addr: 'tls:ctrl-oslo.acme.test:1280',
        version: 'v1.7.2',
        apiAddresses: {
          'edge-management': [{ url: 'https://ctrl-oslo.acme.test:1280/edge/management/v1', version: 'v1' }],
        },
      },
    ],
  },
  normalise,
};
