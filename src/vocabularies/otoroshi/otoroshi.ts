/** Otoroshi: told by `@type`, which each of its events carries, with a time or an id beside it. */
import type { EventType, Vocabulary } from '../../core/spec.ts';
import { alertEvent } from './alert-event.ts';
import { analyticEvent, requestFlowReport, trafficCaptureEvent } from './analytic-event.ts';
import { auditEvent } from './audit-event.ts';
import { gatewayEvent } from './gateway-event.ts';
import { healthCheckEvent } from './health-check-event.ts';
import { tcpEvent } from './tcp-event.ts';

const types: readonly EventType[] = [
  gatewayEvent,
  healthCheckEvent,
  tcpEvent,
  auditEvent,
  alertEvent,
  trafficCaptureEvent,
  requestFlowReport,
  analyticEvent,
];
const byName: ReadonlyMap<unknown, EventType> = new Map(types.map((type) => [type.name, type]));

export const otoroshi: Vocabulary = {
  name: 'otoroshi',
  doc: 'Otoroshi 16 and 17 of MAIF: every event of its data exporters.',
  types,
  recognise(record) {
    const type = record['@type'];
    if (typeof type !== 'string' || type === '') return undefined;
    if (typeof record['@timestamp'] !== 'number' && typeof record['@id'] !== 'string') return undefined;
    return byName.get(type) ?? analyticEvent;
  },
};
