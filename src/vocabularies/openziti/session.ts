/**
 * Sessions: of an identity with the API of a controller (apiSession), and for the use of one service (session). Their
 * `id` names the session, which several events share, so it is the entity and not the event.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, text } from '../fields.ts';
import { addressOf, filled, textOf } from '../reading.ts';
import { basicsOf, byContent, envelope } from './envelope.ts';

const identityId = text('Identity that the session belongs to.', { personal: true });

const apiFields = Type.Object({
  ...envelope,
  event_type: text('What happened: created, refreshed, exchanged, or deleted, which JWT sessions never are.'),
  id: text('Id of the session.'),
  type: text('Kind of session: legacy or jwt.'),
  token: text('What the session is used with: a live secret for legacy sessions, empty for JWT ones.', {
    secret: true,
  }),
  identity_id: identityId,
  ip_address: text('Address of the client, with its port for JWT sessions.', { personal: true }),
  cert_generated: flag('Whether a certificate was made for the session (2.0).', { attribute: true }),
});
const readApiAttributes = attributesReader(apiFields.properties);

export const apiSession: EventType = {
  name: 'apiSession',
  aliases: ['edge.apiSessions'],
  doc: 'A session of an identity with the API was made, prolonged, exchanged or ended.',
  family: 'session',
  identity: byContent,
  fields: apiFields,
  example: {
    namespace: 'apiSession',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:30:01.530918204+01:00',
    event_type: 'refreshed',
    id: '4c1f8a52-7b0e-4d13-9a6e-2f5d8c3b7e19',
    type: 'jwt',
    token: '',
    identity_id: 'anaLptp7Q',
    ip_address: '203.0.113.24:51390',
    cert_generated: false,
  },
  normalise: (record: GatewayRecord) =>
    filled({
      ...basicsOf(record, textOf(record.event_type)),
      consumerId: textOf(record.identity_id),
      identityType: textOf(record.type),
      clientIp: addressOf(record.ip_address),
      entityType: 'apiSessions',
      entityId: textOf(record.id),
      attributes: readApiAttributes(record),
    }),
};

const fields = Type.Object({
  ...envelope,
  event_type: text('What happened: created or deleted.'),
  session_type: text('Dial to use a service, Bind to host it.', { attribute: true }),
  provider: text('Kind of session, legacy or jwt; JWT sessions are not kept and never deleted.', {
    attribute: true,
  }),
  id: text('Id of the session.'),
  // Names alone tell what is a secret, and older releases send one: nothing is lost, as `id` says the same.
  token: text('The same as the id; a secret of legacy sessions in older releases, so it is redacted.', {
    secret: true,
  }),
  api_session_id: text('Session with the API under which it was made.', { attribute: true }),
  identity_id: identityId,
  service_id: text('Service.'),
});
const readAttributes = attributesReader(fields.properties);

export const session: EventType = {
  name: 'session',
  aliases: ['edge.sessions'],
  doc: 'A session of an identity for one service was made or ended; dials of newer clients need none (2.1).',
  family: 'session',
  identity: byContent,
  fields,
  example: {
    namespace: 'session',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:29:58.380114207+01:00',
    event_type: 'created',
    session_type: 'Dial',
    provider: 'jwt',
    id: 'cmk9s1v4e00d2jq7xr0u5ha3b',
    token: '[redacted]',
    api_session_id: '4c1f8a52-7b0e-4d13-9a6e-2f5d8c3b7e19',
    identity_id: 'anaLptp7Q',
    service_id: '1pLx7VdQmZrK4sTn9YwGhE',
  },
  normalise: (record: GatewayRecord) =>
    filled({
      ...basicsOf(record, textOf(record.event_type)),
      serviceId: textOf(record.service_id),
      consumerId: textOf(record.identity_id),
      identityType: textOf(record.provider),
      entityType: 'sessions',
      entityId: textOf(record.id),
      attributes: readAttributes(record),
    }),
};
