/**
 * Attempts to sign in at a controller. `success` is false even where the attempt succeeded: `event_type` decides. A
 * sign-in by certificate that succeeds gives no event; it shows in apiSession and connect.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, text } from '../fields.ts';
import { addressOf, filled, textOf } from '../reading.ts';
import { denialReasonOf, severityOf } from '../verdict.ts';
import { byContent, envelope, timeOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  event_type: text('What came of it: success or fail.'),
  type: text('Method: password, cert or ext-jwt.'),
  authenticator_id: text('Authenticator that was used.', { attribute: true }),
  external_jwt_signer_id: text('Signer of a foreign token.', { attribute: true }),
  identity_id: text('Identity; may be empty on failure, and is for an unknown user.', { personal: true }),
  auth_policy_id: text('Authentication policy of the identity.', { attribute: true }),
  remote_address: text('Address and port of the client.', { personal: true }),
  success: flag('Always false; says nothing.'),
  reason: text('Why it failed, in a sentence.'),
  improper_client_cert_chain: flag('Whether the client sent an incomplete chain of certificates.', {
    attribute: true,
  }),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const action = textOf(record.event_type);
  // The documentation also says failed.
  const isDenied = action?.startsWith('fail') === true;
  const outcome = isDenied ? 'denied' : action === 'success' ? 'success' : 'unknown';
  const reason = textOf(record.reason);
  return filled({
    time: timeOf(record),
    action,
    severity: severityOf(outcome),
    outcome,
    gateway: textOf(record.event_src_id),
    consumerId: textOf(record.identity_id),
    identityType: textOf(record.type),
    clientIp: addressOf(record.remote_address),
    granted: outcome === 'unknown' ? undefined : !isDenied,
    denialReason: isDenied ? denialReasonOf(reason, 401) : undefined,
    nativeDenialReason: isDenied ? reason : undefined,
    attributes: readAttributes(record),
  });
}

export const authentication: EventType = {
  name: 'authentication',
  aliases: ['edge.authentications'],
  doc: 'An identity signed in at a controller, or failed to.',
  family: 'session',
  identity: byContent,
  fields,
  example: {
    namespace: 'authentication',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:29:59.002771349+01:00',
    event_type: 'fail',
    type: 'password',
    authenticator_id: 'Aq7LmVx0T',
    external_jwt_signer_id: '',
    identity_id: 'anaLptp7Q',
    auth_policy_id: 'default',
    remote_address: '203.0.113.24:51388',
    success: false,
    reason: 'the password that was given is not that of the user',
    improper_client_cert_chain: false,
  },
  normalise,
};
