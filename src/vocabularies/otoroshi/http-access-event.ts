/**
 * Otoroshi's HttpAccessEvent: a line of the access log, which a plugin writes to Kafka by itself. The call has a
 * GatewayEvent too, so this one is a trace and no traffic.
 */
import type { EventType } from '../../core/spec.ts';
import { flag, number, text } from '../fields.ts';
import { microsOf, numberOf, statusOf, textOf, urlParts } from '../reading.ts';
import { callerOf } from './actor.ts';
import { otoroshiType } from './event-type.ts';
import { answered } from './http.ts';

export const httpAccessEvent: EventType = otoroshiType({
  name: 'HttpAccessEvent',
  doc: 'A line of the access log, from the plugin that writes it to Kafka.',
  family: 'trace',
  fields: {
    '@reqId': text('Id of the request.'),
    client: text('Client id of the API key.', { personal: true }),
    user: text('The user, `-` for none.', { personal: true }),
    from: text('Address of the caller.', { personal: true }),
    status: number('HTTP status answered.'),
    statusTxt: text('The status in words.'),
    method: text('HTTP method.'),
    path: text('Path and query.'),
    host: text('Host asked for.'),
    http: text('Scheme: http or https.'),
    protocol: text('Such as HTTP/1.1.'),
    service: text('Name of the route.'),
    to: text('Where the call went.', { attribute: true }),
    duration: number('From first byte in to last byte out.', { unit: 'ms' }),
    size: number('Length of the answer as its header says it.', { unit: 'By' }),
    referer: text('Page from which the call came.', { attribute: true }),
    'user-agent': text('User agent of the caller.'),
    error: flag('Whether Otoroshi made the answer.'),
    errorMsg: text('Why.'),
    errorCause: text('Its cause.', { attribute: true }),
  },
  example: {
    '@product': undefined,
    '@env': undefined,
    '@reqId': '1541238890123450001',
    client: 'ak_mobile_01',
    status: 200,
    statusTxt: 'OK',
    path: '/v1/orders/42',
    method: 'GET',
    user: '-',
    from: '203.0.113.24',
    duration: 131,
    to: 'https://orders-1.internal:8443/v1/orders/42',
    http: 'https',
    protocol: 'HTTP/1.1',
    size: 1862,
    referer: '-',
    'user-agent': 'acme-mobile/4.2',
    service: 'orders-api',
    host: 'orders.acme.test',
    error: false,
    errorMsg: null,
    errorCause: null,
  },
  columns(record) {
    const client = textOf(record.client);
    const user = textOf(record.user);
    return {
      ...answered(statusOf(record.status), record.error === false),
      consumer: client ?? user,
      consumerId: client ?? user,
      identityType: client !== undefined ? 'APIKEY' : user !== undefined ? 'PRIVATEAPP' : undefined,
      user: client === undefined ? user : undefined,
      clientIp: callerOf(record.from),
      userAgent: textOf(record['user-agent']),
      method: textOf(record.method),
      scheme: textOf(record.http),
      host: textOf(record.host),
      path: urlParts(record.path).path,
      protocol: textOf(record.protocol),
      error: textOf(record.errorMsg),
      duration: microsOf(record.duration),
      bytesOut: numberOf(record.size),
      requestId: textOf(record['@reqId']),
    };
  },
});
