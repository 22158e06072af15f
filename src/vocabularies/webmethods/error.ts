/** webMethods' Error event: an invocation that ended in an error. Its call may be told of by a Transactional event too. */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, text } from '../fields.ts';
import { filled, textOf } from '../reading.ts';
import { outcomeOf, severityOf } from '../verdict.ts';
import { reasonIn } from './denial.ts';
import { callColumns, envelope, ofCall } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  ...ofCall,
  errorDesc: text('What went wrong, in a sentence.'),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const columns = callColumns(record);
  const error = textOf(record.errorDesc);
  const isNative = error !== undefined && /native (service|provider|api)/i.test(error);
  const ended = outcomeOf(columns.status, isNative ? false : undefined);
  const outcome = ended === 'success' || ended === 'unknown' ? 'failure' : ended;
  const isDenied = outcome === 'denied';
  return filled({
    ...columns,
    severity: severityOf(outcome),
    outcome,
    granted: isDenied ? false : isNative ? true : undefined,
    denialReason: isDenied ? (reasonIn([error], columns.status) ?? 'other') : undefined,
    nativeDenialReason: isDenied ? error : undefined,
    errorOrigin: isNative ? 'upstream' : outcome === 'clientError' ? 'client' : 'gateway',
    error,
    attributes: readAttributes(record),
  });
}

export const error: EventType = {
  name: 'Error',
  doc: 'An invocation of an API that ended in an error.',
  family: 'error',
  identity: { by: 'native', paths: ['correlationID', 'eventType'] },
  fields,
  example: {
    eventType: 'Error',
    creationDate: 1795265388255,
    correlationID: 'APIGW:5c9d2c1e-77aa-4a4d-9d57-0c0f5f8a2b10:812',
    apiId: 'b1f0c2de-1d3a-4f52-9f0e-6c1f2a7d9e11',
    apiName: 'Orders',
    apiVersion: '2.1',
    operationName: '/orders/{orderId}',
    applicationId: '6f2b7c1a-0e4d-4a52-8f8d-2f9b6e0c1d33',
    applicationName: 'Mobile shop',
    applicationIp: '203.0.113.24',
    httpMethod: 'GET',
    responseCode: '502',
    errorDesc: 'Native service provider error. Code : 502',
    eventSource: 'API_Gateway_Instance',
  },
  normalise,
};
