/** webMethods' Lifecycle event: the gateway was started or stopped. The status lacks in some releases. */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, text } from '../fields.ts';
import { filled, textOf } from '../reading.ts';
import { envelope, originColumns } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  eventStatus: text('STARTED, SHUTDOWN or STOP.'),
  eventDesc: text('What happened, in a sentence.'),
  targetName: text('Name of the instance.'),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const action = textOf(record.eventStatus);
  const target = textOf(record.targetName);
  const columns = originColumns(record);
  return filled({
    ...columns,
    gateway: columns.gateway ?? target,
    node: columns.node ?? target,
    action,
    severity: action !== undefined && /^(stop|shut)/i.test(action) ? 'warning' : 'notice',
    outcome: 'unknown',
    message: textOf(record.eventDesc),
    attributes: readAttributes(record),
  });
}

export const lifecycle: EventType = {
  name: 'Lifecycle',
  doc: 'The gateway was started or stopped.',
  family: 'health',
  identity: { by: 'position' },
  fields,
  example: {
    eventType: 'Lifecycle',
    creationDate: 1795262400000,
    eventStatus: 'STARTED',
    eventDesc: 'API Gateway was started',
    targetName: 'gw1.acme.test',
    tenantId: 'default',
    eventSource: 'API_Gateway_Instance',
  },
  normalise,
};
