/** Any other Otoroshi event, under its native name: what an extension or a later version sends. */
import type { EventType } from '../../core/spec.ts';
import { text } from '../fields.ts';
import { objectOf, statusOf, textOf } from '../reading.ts';
import { otoroshiType } from './event-type.ts';
import { requestColumns } from './http.ts';

export const analyticEvent: EventType = otoroshiType({
  name: 'AnalyticEvent',
  doc: 'Any other event, stored under its native name.',
  family: 'unknown',
  fields: {
    reqId: text('Id of the request concerned.'),
    method: text('HTTP method.'),
    url: text('What was asked for.'),
    message: text('What it says.'),
  },
  example: { reqId: '1541238890123450001', method: 'GET', url: '/v1/orders' },
  columns: (record) => ({
    ...requestColumns(record),
    type: textOf(record['@type']) ?? 'AnalyticEvent',
    route: textOf(objectOf(record.route).name),
    status: statusOf(record.status),
    message: textOf(record.message),
    requestId: textOf(record.reqId),
  }),
});
