/**
 * What Otoroshi keeps of single calls: captures, bodies, rewritten errors. They are a second look at a call that its
 * GatewayEvent counts, so they are no traffic; the id of the request joins them with it.
 */
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { number, object, text } from '../fields.ts';
import { objectOf, statusOf, textOf } from '../reading.ts';
import { ofNoRoute, otoroshiType, routeId } from './event-type.ts';
import { answered, headerMap, requestColumns, requestMembers, responseMembers } from './http.ts';

const routeMembers = { id: text('Its id.'), name: text('Its name.') };
const host = 'orders.acme.test';

/** The snowflake of the request, of a capture's id that is padded with zeros to 24 characters. */
const unpadded = (id: string | undefined): string | undefined =>
  id?.length === 24 && id.endsWith('00000') ? id.slice(0, 19) : id;

// Each exporter draws an `@id` of its own.
export const trafficCaptureEvent: EventType = otoroshiType({
  name: 'TrafficCaptureEvent',
  doc: 'A whole call with both requests, both responses and their bodies.',
  family: 'trace',
  identity: { by: 'native', paths: ['request.id'], redrawn: ['@id'] },
  fields: {
    route: object('The route, by id and name only.', routeMembers),
    request: object('The request as it came.', requestMembers),
    backend_request: object('The request as sent to the backend; the same body.', requestMembers),
    backend_response: object('The answer of the backend.', responseMembers),
    response: object('The answer as sent to the caller; the same body.', responseMembers),
  },
  example: {
    '@id': '0b1f9d2e9-9b4a-4a9e-8b8e-6f6d0a7f3a10',
    route: { id: routeId, name: 'orders-api' },
    request: {
      id: '154123889400000000100000',
      method: 'POST',
      headers: { Host: host, 'User-Agent': 'acme-mobile/4.2', 'Remote-Address': '203.0.113.24:51422' },
      cookies: [],
      tls: true,
      uri: '/v1/orders?dry=1',
      version: 'HTTP/1.1',
      has_body: true,
      remote: '203.0.113.24',
      body: '{"sku":"A-1","qty":2}',
    },
    backend_request: {
      id: '154123889400000000100000',
      method: 'POST',
      url: 'https://orders-1.internal:8443/v1/orders?dry=1',
    },
    backend_response: { status: 201, headers: { 'Content-Type': 'application/json' }, body: '{"id":42}' },
    response: { status: 201, headers: { 'Content-Type': 'application/json' }, body: '{"id":42}' },
  },
  columns(record) {
    const request = objectOf(record.request);
    const byBackend = statusOf(objectOf(record.backend_response).status) !== undefined;
    return {
      ...requestColumns(request),
      ...answered(statusOf(objectOf(record.response).status), byBackend),
      route: textOf(objectOf(record.route).name),
      requestId: unpadded(textOf(request.id)),
    };
  },
});

/** The bodies that a plugin logs; neither carries `@product` nor `@env`. */
const body = (name: string, doc: string, url: string, example: GatewayRecord): EventType =>
  otoroshiType({
    name,
    doc,
    family: 'trace',
    fields: {
      reqId: text('Id of the request.'),
      method: text('HTTP method.'),
      url: text(url),
      headers: headerMap,
      status: number('HTTP status, of a response.'),
      body: text('The body in base64.'),
    },
    example: {
      '@product': undefined,
      '@env': undefined,
      reqId: '1541238890123450001',
      method: 'POST',
      ...example,
    },
    columns: (record) => ({
      ...requestColumns(record),
      ...answered(statusOf(record.status), false),
      requestId: textOf(record.reqId),
    }),
  });

export const requestBodyEvent = body(
  'RequestBodyEvent',
  'The body of a request, when a plugin logs it.',
  'URL asked for, absolute.',
  {
    url: `http://${host}/v1/orders`,
    headers: { Host: host, 'User-Agent': 'acme-mobile/4.2', 'Remote-Address': '203.0.113.24:51422' },
    body: 'eyJza3UiOiJBLTEifQ==',
  },
);

export const responseBodyEvent = body(
  'ResponseBodyEvent',
  'The body of a response, when a plugin logs it.',
  'URL asked for, relative.',
  { url: '/v1/orders', headers: { 'content-type': 'application/json' }, status: 201, body: 'eyJpZCI6NDJ9' },
);

export const errorRewriteReport: EventType = otoroshiType({
  name: 'ErrorRewriteReport',
  doc: 'An error of a backend whose answer a plugin replaced.',
  family: 'error',
  fields: {
    error_id: text('Id by which the caller can ask about the error.', { attribute: true }),
    request_id: text('Id of the request.'),
    request: object('The request.', requestMembers),
    original_response: object('What the backend answered.', responseMembers),
    sent_response: object('What the caller got instead.', responseMembers),
  },
  example: {
    ...ofNoRoute,
    error_id: '72a2f937-1860-4c85-a029-b66f4cb7bf62',
    request_id: '1541238890123450001',
    request: {
      url: '/v1/orders',
      method: 'GET',
      headers: { Host: host, 'Remote-Address': '203.0.113.24:51422' },
    },
    original_response: { status: 503, headers: {}, cookies: [], body: 'out of stock' },
    sent_response: {
      status: 503,
      headers: { 'content-type': 'text/html' },
      cookies: [],
      body: '<html>Sorry</html>',
    },
  },
  columns(record) {
    const original = statusOf(objectOf(record.original_response).status);
    const { outcome, severity } = answered(original, true);
    return {
      ...requestColumns(objectOf(record.request)),
      severity,
      outcome,
      status: statusOf(objectOf(record.sent_response).status) ?? original,
      errorOrigin: 'upstream',
      requestId: textOf(record.request_id),
    };
  },
});
