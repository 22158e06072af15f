/**
 * How many entities of each kind there are, every few minutes: from the leader, and from a node that has none, which
 * catches up on what it missed with one a second.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, number, object, text } from '../fields.ts';
import { filled, textOf } from '../reading.ts';
import { severityOf } from '../verdict.ts';
import { byContent, envelope, timeOf } from './envelope.ts';

const counted: Readonly<Record<string, string>> = {
  apiSessionCertificates: 'Certificates of sessions with the API.',
  apiSessions: 'Sessions with the API.',
  authPolicies: 'Authentication policies.',
  authenticators: 'Authenticators.',
  cas: 'Certificate authorities.',
  configTypes: 'Kinds of configuration.',
  configs: 'Configurations.',
  controllers: 'Controllers.',
  edgeRouterPolicies: 'Edge router policies.',
  enrollments: 'Open enrolments.',
  eventualEvents: 'Deferred events.',
  externalJwtSigners: 'Signers of foreign tokens.',
  identities: 'Identities.',
  identityTypes: 'Kinds of identity.',
  mfas: 'Second factors.',
  postureCheckTypes: 'Kinds of posture check.',
  postureChecks: 'Posture checks.',
  revocations: 'Revocations.',
  routers: 'Routers.',
  'routers.edge': 'Edge routers.',
  serviceEdgeRouterPolicies: 'Service edge router policies.',
  servicePolicies: 'Service policies.',
  services: 'Services.',
  'services.edge': 'Edge services.',
  sessions: 'Sessions for services.',
  terminators: 'Terminators.',
};

const fields = Type.Object({
  ...envelope,
  counts: object(
    'Entities by kind; null when they could not be counted.',
    Object.fromEntries(
      Object.entries(counted).map(([name, description]) => [name, number(description, { attribute: true })]),
    ),
  ),
  error: text('Why they could not be counted.'),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const error = textOf(record.error);
  const outcome = error === undefined ? 'success' : 'failure';
  return filled({
    time: timeOf(record),
    severity: severityOf(outcome),
    outcome,
    gateway: textOf(record.event_src_id),
    error,
    attributes: readAttributes(record),
  });
}

export const entityCount: EventType = {
  name: 'entityCount',
  aliases: ['edge.entityCounts'],
  doc: 'How many entities of each kind a controller has.',
  family: 'metric',
  identity: byContent,
  fields,
  example: {
    namespace: 'entityCount',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:35:00.004118205+01:00',
    counts: {
      apiSessions: 288,
      identities: 412,
      routers: 9,
      'routers.edge': 9,
      servicePolicies: 31,
      services: 57,
      'services.edge': 57,
      sessions: 901,
      terminators: 63,
    },
  },
  normalise,
};
