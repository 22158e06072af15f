/**
 * Every other Otoroshi event, in its general form and under its native name: traffic captures, flow reports, body logs,
 * WAF trails, workflow runs, and whatever an extension sends.
 */
import Type from 'typebox';
import type { Family } from '../../core/event.ts';
import type { EventType, GatewayRecord, Identity } from '../../core/spec.ts';
import { attributesReader, text } from '../fields.ts';
import { filled, microsOf, objectOf, statusOf, textOf, urlParts } from '../reading.ts';
import { microsFromMillis } from '../times.ts';
import { callerOf } from './actor.ts';
import { enrichment, envelope, gatewayOf, nameOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  reqId: text('Id of the request concerned.'),
  request_id: text('Id of the request concerned.'),
  method: text('HTTP method.'),
  url: text('What was asked for.'),
  ...enrichment,
});
const readAttributes = attributesReader(fields.properties);

const families: Readonly<Record<string, Family>> = {
  TrafficCaptureEvent: 'trace',
  RequestFlowReport: 'trace',
  RequestBodyEvent: 'trace',
  ResponseBodyEvent: 'trace',
  MirroringEvent: 'trace',
  WebsocketEvent: 'violation',
  CorazaTrailEvent: 'violation',
  ErrorRewriteReport: 'error',
  ApiDeploymentEvent: 'audit',
  WorkflowRunEvent: 'job',
};

/** A capture writes the id of its request with zeros behind, 24 characters long. */
const unpadded = (id: string | undefined): string | undefined =>
  id?.length === 24 && id.endsWith('00000') ? id.slice(0, 19) : id;

function normalise(record: GatewayRecord) {
  const type = textOf(record['@type']) ?? 'AnalyticEvent';
  const request = objectOf(record.request);
  const response = objectOf(record.response ?? record.sent_response);
  const url = urlParts(record.url ?? request.url);
  const service = nameOf(record['@service']);
  return filled({
    time: microsFromMillis(record['@timestamp']),
    type,
    family: families[type] ?? 'unknown',
    gateway: gatewayOf(record),
    node: textOf(record['instance-name']),
    env: textOf(record['@env']),
    zone: textOf(record['instance-zone']),
    service: service === 'Otoroshi' ? undefined : service,
    serviceId: nameOf(record['@serviceId']),
    route: textOf(objectOf(record.route).name),
    clientIp: callerOf(request.remote),
    method: textOf(record.method) ?? textOf(request.method),
    scheme: url.scheme,
    host: url.host,
    path: textOf(request.uri) ?? url.path,
    status: statusOf(record.status) ?? statusOf(response.status),
    duration: microsOf(objectOf(record.report).duration),
    message: textOf(record.message),
    requestId: textOf(record.reqId) ?? textOf(record.request_id) ?? unpadded(textOf(request.id)),
    attributes: readAttributes(record),
  });
}

const analytic = (
  name: string,
  doc: string,
  family: Family,
  identity: Identity,
  more: GatewayRecord,
): EventType => ({
  name,
  doc,
  family,
  identity,
  fields,
  example: {
    '@id': '77d0a4c7f-2d1e-4f3a-9a05-35a1b3d4f1de',
    '@timestamp': 1767225720000,
    '@type': name,
    '@product': 'otoroshi',
    '@serviceId': 'route_5f0c6d1e-0d1f-4c5a-9d35-2f6f3b0a1c11',
    '@service': 'orders-api',
    '@env': 'prod',
    ...more,
    'instance-name': 'otoroshi-worker-1',
    'instance-zone': 'zone-a',
    'cluster-mode': 'Worker',
    'cluster-name': 'otoroshi-worker-pool',
  },
  normalise,
});

// The `@id` of these two is drawn again for each exporter, so it does not name the event.
export const trafficCaptureEvent = analytic(
  'TrafficCaptureEvent',
  'A whole call with both requests, both responses and their bodies.',
  'trace',
  { by: 'native', paths: ['request.id'] },
  {
    route: { id: 'route_5f0c6d1e-0d1f-4c5a-9d35-2f6f3b0a1c11', name: 'orders-api' },
    request: {
      id: '154123889400000000100000',
      method: 'POST',
      headers: { Host: 'orders.acme.test' },
      cookies: [],
      uri: '/v1/orders?dry=1',
      remote: '203.0.113.24',
      body: '{"sku":"A-1","qty":2}',
    },
    response: { status: 201, headers: { 'Content-Type': 'application/json' }, body: '{"id":42}' },
  },
);

export const requestFlowReport = analytic(
  'RequestFlowReport',
  'The steps of one call through the proxy engine, with their times.',
  'trace',
  { by: 'native', paths: ['report.id'] },
  {
    route: { id: 'route_5f0c6d1e-0d1f-4c5a-9d35-2f6f3b0a1c11', name: 'orders-api' },
    report: {
      id: '154123889f-0d1f-4c5a-9d35-2f6f3b0a1c11',
      creation: '2026-01-01T00:02:00.000Z',
      duration: 131,
      duration_ns: 131004211,
      state: 'Successful',
      steps: [{ task: 'start-handling', start: 1767225720001, stop: 1767225720002, duration_ns: 780112 }],
    },
  },
);

export const analyticEvent = analytic(
  'AnalyticEvent',
  'Any other event, stored under its native name.',
  'unknown',
  { by: 'native', paths: ['@id'] },
  { reqId: '1541238890123450001', method: 'GET', url: '/v1/orders' },
);
