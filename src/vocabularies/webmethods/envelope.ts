/**
 * What the records of webMethods API Gateway share (webMethods API Gateway documentation, "Runtime Events and Metrics
 * Data Model"): where they come from, which API and operation they tell of, and who called.
 *
 * Destinations spell some of it differently: what Elasticsearch calls application is a consumer to the portal.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { number, required, text, time } from '../fields.ts';
import { statusOf, textOf } from '../reading.ts';
import { microsOfDate } from './dates.ts';

/** Fields of every event. */
export const envelope = {
  eventType: required.text('The type of the event.'),
  creationDate: time('When the gateway made the event: milliseconds since 1970, or text.'),
  tenantId: text('Tenant of the gateway.', { attribute: true }),
  stage: text('Stage of the gateway, such as Production.'),
  sourceGateway: text('Product that ran the API, APIGateway or Microgateway.'),
  sourceGatewayNode: text('Address of the node.'),
  serverID: text('Host and port of the node.'),
  eventSource: text('Source where the event occurred: a gateway instance or a policy.', { attribute: true }),
};

/** Fields of every event about an API. */
export const ofApi = {
  apiId: text('Id of the API.'),
  apiName: text('Name of the API.'),
  apiVersion: text('Version of the API.'),
  operationName: text('Operation of the API: a resource path such as /pet/{petId}, or a SOAP operation.'),
};

/** Fields of every event about one call. */
export const ofCall = {
  ...ofApi,
  correlationID: text('Id that the gateway draws for the request.'),
  applicationId: text('Id of the application that called, Unknown when none was identified.', {
    personal: true,
  }),
  applicationName: text('Name of the application that called, Unknown when none was identified.', {
    personal: true,
  }),
  applicationIp: text('Address of the caller.', { personal: true }),
  consumerId: text('The applicationId of destinations such as the portal.', { personal: true }),
  consumerName: text('The applicationName of destinations such as the portal.', { personal: true }),
  consumerIp: text('The applicationIp of destinations such as the portal.', { personal: true }),
  httpMethod: text('HTTP method.'),
  responseCode: number('HTTP status answered to the caller, as text.'),
};

/** Text that is not the word by which the gateway says that it identified nobody. */
export function knownOf(value: unknown): string | undefined {
  const name = textOf(value);
  return name === 'Unknown' || name === 'unknown' ? undefined : name;
}

/** Columns of every event. */
export const originColumns = (record: GatewayRecord) => ({
  time: microsOfDate(record.creationDate),
  gateway: textOf(record.serverID) ?? textOf(record.sourceGateway),
  node: textOf(record.sourceGatewayNode) ?? textOf(record.serverID),
  env: textOf(record.stage),
});

/** Columns of every event about an API. */
export const apiColumns = (record: GatewayRecord) => ({
  ...originColumns(record),
  service: textOf(record.apiName),
  serviceId: textOf(record.apiId),
  apiVersion: textOf(record.apiVersion),
  operation: textOf(record.operationName),
});

/** Columns of every event about one call. */
export function callColumns(record: GatewayRecord) {
  const application = knownOf(record.applicationName) ?? knownOf(record.consumerName);
  return {
    ...apiColumns(record),
    consumer: application,
    consumerId: knownOf(record.applicationId) ?? knownOf(record.consumerId),
    application,
    clientIp: textOf(record.applicationIp) ?? textOf(record.consumerIp),
    method: textOf(record.httpMethod),
    status: statusOf(record.responseCode),
    requestId: textOf(record.correlationID),
  };
}
