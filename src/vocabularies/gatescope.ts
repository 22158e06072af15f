/**
 * Gatescope's own words: its audit records. Only the server itself may speak them; whoever else sends such a record has
 * sent a generic event, so that nobody can forge the trail.
 */
import Type from 'typebox';
import type { EventType, Vocabulary } from '../core/spec.ts';
import { required } from './fields.ts';
import { genericFields, normaliseGeneric } from './generic.ts';

const auditRecord: EventType = {
  name: 'AuditRecord',
  doc: 'Something that was done in Gatescope itself: a sign-in, a token made, a tenant removed.',
  family: 'audit',
  identity: { by: 'native', paths: ['id'] },
  fields: Type.Object({
    ...genericFields,
    id: required.text('Id of the record.'),
    type: required.text('AuditRecord.'),
    action: required.text('What was done, such as token.created.'),
  }),
  example: {
    id: '019aa6d0-7f3e-7c1a-9f63-0b6b2f5d1c11',
    type: 'AuditRecord',
    time: '2026-11-21T12:49:48.254000Z',
    action: 'token.created',
    outcome: 'success',
    entityType: 'token',
    entityId: 'tok_1',
    message: 'created the token “edge gateways”',
    user: 'admin',
    identityType: 'session',
    clientIp: '203.0.113.24',
  },
  normalise: normaliseGeneric,
};

export const gatescope: Vocabulary = {
  name: 'gatescope',
  doc: 'What was done in Gatescope itself; nobody else can send it.',
  types: [auditRecord],
  recognise: () => auditRecord,
};
