/**
 * A record of webMethods' audit log: what an administrator changed, and who signed in. Told by its columns, since the
 * event type is spelled in several ways. `clientIPAddress` is documented as the gateway's own machine, so it is not
 * taken for the caller's.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, required, text, time } from '../fields.ts';
import { filled, textOf } from '../reading.ts';
import { microsOfDate } from './dates.ts';
import { envelope, originColumns } from './envelope.ts';

const { eventType: _, ...optional } = envelope;
const fields = Type.Object({
  ...optional,
  eventType: text('The type of the event; the area of management in some releases.'),
  id: text('Id of the record.'),
  event_create_ts: time('When the record was written, in milliseconds since 1970.'),
  objectType: required.text('Kind of entity, such as API or Application.'),
  action: required.text('What was done, such as Update.'),
  object: text('Id of the entity.'),
  message: text('What was done, in a sentence.'),
  user: text('Who did it.', { personal: true }),
  sourceMachine: text('Machine of the gateway.'),
  clientIPAddress: text('Address of the gateway’s own machine.', { attribute: true }),
  payload: text('What was sent for it, as JSON text.'),
  status: text('Success or Failure.'),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const columns = originColumns(record);
  const action = textOf(record.action);
  const status = textOf(record.status);
  const failed = status !== undefined && /^fail/i.test(status);
  const isRefusedLogin = failed && action !== undefined && /log.?(in|on)\b/i.test(action);
  const machine = textOf(record.sourceMachine);
  return filled({
    ...columns,
    time: columns.time ?? microsOfDate(record.event_create_ts),
    gateway: columns.gateway ?? machine,
    node: columns.node ?? machine,
    action,
    severity: failed ? 'warning' : action !== undefined && /^delete/i.test(action) ? 'notice' : 'info',
    outcome: isRefusedLogin ? 'denied' : failed ? 'failure' : status === undefined ? 'unknown' : 'success',
    user: textOf(record.user),
    identityType: textOf(record.user) === undefined ? undefined : 'USER',
    denialReason: isRefusedLogin ? 'invalidCredentials' : undefined,
    message: textOf(record.message),
    entityType: textOf(record.objectType)?.toLowerCase(),
    entityId: textOf(record.object),
    attributes: readAttributes(record),
  });
}

export const auditLog: EventType = {
  name: 'AuditLog',
  doc: 'Something an administrator did, or a sign-in.',
  family: 'audit',
  identity: { by: 'native', paths: ['id'] },
  fields,
  example: {
    id: '6f0b2d3e-9c47-4a55-8f0a-3d1e5b7c9a10',
    eventType: 'Audit',
    creationDate: 1795265100000,
    event_create_ts: 1795265100001,
    objectType: 'API',
    action: 'Update',
    object: 'b1f0c2de-1d3a-4f52-9f0e-6c1f2a7d9e11',
    message: 'API Orders updated',
    user: 'Administrator',
    sourceMachine: 'gw1.acme.test',
    clientIPAddress: '10.0.75.1',
    payload: '{"apiVersion":"2.1"}',
    status: 'Success',
  },
  normalise,
};
