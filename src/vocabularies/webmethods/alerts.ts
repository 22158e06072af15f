/**
 * The two events that a policy of webMethods raises: PolicyViolation for a call that it refused, Monitor for a limit on
 * performance that was broken. One shape; Monitor says which limit.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, text } from '../fields.ts';
import { filled, textOf } from '../reading.ts';
import { reasonIn } from './denial.ts';
import { callColumns, envelope, ofCall } from './envelope.ts';

const alert = {
  ...envelope,
  ...ofCall,
  alertType: text('Monitor or PolicyViolation; Sla in older releases.', { attribute: true }),
  alertSource: text('Name of the policy that raised it.'),
  alertDesc: text('Message of the policy, in a sentence.'),
};
const violationFields = Type.Object(alert);
const monitorFields = Type.Object({
  ...alert,
  monitorAttr: text('Limits that were broken, such as AVGRESPONSETIME GT 300.0, parted by commas.', {
    attribute: true,
  }),
});
const readAttributes = attributesReader(monitorFields.properties);

const alertColumns = (record: GatewayRecord) => ({
  ...callColumns(record),
  action: textOf(record.alertSource),
  severity: 'warning' as const,
  message: textOf(record.alertDesc),
  attributes: readAttributes(record),
});

function normaliseViolation(record: GatewayRecord) {
  const columns = alertColumns(record);
  const policy = columns.action ?? columns.message;
  return filled({
    ...columns,
    outcome: 'denied',
    granted: false,
    denialReason: reasonIn([columns.action, columns.message], columns.status) ?? 'policyViolation',
    nativeDenialReason: policy,
    errorOrigin: 'gateway',
  });
}

const ofOrders = {
  apiId: 'b1f0c2de-1d3a-4f52-9f0e-6c1f2a7d9e11',
  apiName: 'Orders',
  apiVersion: '2.1',
  operationName: '/orders/{orderId}',
  httpMethod: 'GET',
};

export const policyViolation: EventType = {
  name: 'PolicyViolation',
  doc: 'A call that a policy refused, each throttled call among them.',
  family: 'violation',
  // One call can break several policies, and each says so.
  identity: { by: 'native', paths: ['correlationID', 'eventType', 'alertSource'] },
  fields: violationFields,
  example: {
    eventType: 'PolicyViolation',
    creationDate: 1795265389100,
    correlationID: 'APIGW:0f5b3f7e-58c9-4a4e-8f54-0b8f0d9f5a21:813',
    alertType: 'PolicyViolation',
    alertSource: 'Unknown-Policy',
    alertDesc:
      'A violation was detected for policy (Unknown-Policy): application could not be identified. Anonymous access is not allowed for this service!',
    ...ofOrders,
    applicationId: 'Unknown',
    applicationName: 'Unknown',
    applicationIp: '198.51.100.7',
    responseCode: '401',
    eventSource: 'API_Gateway_Instance',
  },
  normalise: normaliseViolation,
};

export const monitor: EventType = {
  name: 'Monitor',
  doc: 'A limit on the performance of an API that was broken.',
  family: 'alert',
  identity: { by: 'position' },
  fields: monitorFields,
  example: {
    eventType: 'Monitor',
    creationDate: 1795265400000,
    alertType: 'Monitor',
    alertSource: 'MonitorPolicy',
    alertDesc: 'Orders answer too slowly',
    monitorAttr: 'AVGRESPONSETIME GT 300.0, REQUESTCOUNT GT 10',
    ...ofOrders,
    applicationId: '6f2b7c1a-0e4d-4a52-8f8d-2f9b6e0c1d33',
    applicationName: 'Mobile shop',
    applicationIp: '203.0.113.24',
    responseCode: '200',
    eventSource: 'MonitorPolicy',
  },
  normalise: (record) => filled({ ...alertColumns(record), outcome: 'unknown' }),
};
