/**
 * Otoroshi's MirroringEvent: a call that was sent to a second target as well. A plugin of the older engine tells of it
 * in an audit event, under `mirroring`.
 */
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { object, text } from '../fields.ts';
import { objectOf, statusOf, textOf } from '../reading.ts';
import { ofNoRoute, otoroshiType, routeId } from './event-type.ts';
import { requestColumns, requestMembers, responseMembers } from './http.ts';

export const mirroringFields = {
  reqId: text('Id of the request.'),
  serviceId: text('Id of the route.'),
  config: object('Configuration of the plugin.', {
    to: text('Where the copy goes.', { attribute: true }),
  }),
  requestToOto: object('The request as it came.', requestMembers),
  requestToTarget: object('The request as sent to the backend.', requestMembers),
  requestToMirroredTarget: object('The copy as sent to the second target.', requestMembers),
  responseFromTarget: object('The answer of the backend.', responseMembers),
  mirroredResponse: object('The answer of the second target, when it is kept.', responseMembers),
  inputBody: text('Body of the request.'),
  outputBody: text('Body of the answer.'),
  mirroredBody: text('Body of the second target’s answer.'),
};

export function mirroringColumns(mirroring: GatewayRecord) {
  const request = objectOf(
    mirroring.requestToOto ?? mirroring.requestToTarget ?? mirroring.requestToMirroredTarget,
  );
  return {
    ...requestColumns(request),
    serviceId: textOf(mirroring.serviceId),
    status: statusOf(objectOf(mirroring.responseFromTarget ?? mirroring.mirroredResponse).status),
    requestId: textOf(mirroring.reqId),
  };
}

export const mirroringEvent: EventType = otoroshiType({
  name: 'MirroringEvent',
  doc: 'A call that was sent to a second target as well, with both answers.',
  family: 'trace',
  fields: mirroringFields,
  example: {
    ...ofNoRoute,
    reqId: '1541238890123450001',
    serviceId: routeId,
    config: { to: 'https://orders-next.internal:8443', enabled: true, percentage: 100 },
    requestToMirroredTarget: {
      url: 'https://orders-next.internal:8443/v1/orders',
      method: 'POST',
      headers: { Host: 'orders-next.internal:8443', 'Content-Type': 'application/json' },
    },
    inputBody: '{"sku":"A-1","qty":2}',
    outputBody: '{"id":42}',
    mirroredBody: '{"id":42}',
    mirroredResponse: { status: 201, headers: { 'Content-Type': 'application/json' } },
  },
  columns: mirroringColumns,
});
