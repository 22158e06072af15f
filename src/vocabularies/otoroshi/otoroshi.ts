/** Otoroshi: told by `@type`, which each of its events carries, with a time or an id beside it. */
import type { EventType, Vocabulary } from '../../core/spec.ts';
import { alertEvent } from './alert-event.ts';
import { analyticEvent } from './analytic-event.ts';
import { auditEvent } from './audit-event.ts';
import {
  errorRewriteReport,
  requestBodyEvent,
  responseBodyEvent,
  trafficCaptureEvent,
} from './call-records.ts';
import { gatewayEvent } from './gateway-event.ts';
import { healthCheckEvent } from './health-check-event.ts';
import { httpAccessEvent } from './http-access-event.ts';
import { mirroringEvent } from './mirroring-event.ts';
import { requestFlowReport } from './request-flow-report.ts';
import {
  apiDeploymentEvent,
  corazaTrailEvent,
  fullStateExport,
  wasmLogEvent,
  websocketEvent,
  workflowEmitEvent,
  workflowRunEvent,
} from './runtime-events.ts';
import { tcpEvent } from './tcp-event.ts';

const types: readonly EventType[] = [
  gatewayEvent,
  healthCheckEvent,
  tcpEvent,
  auditEvent,
  alertEvent,
  trafficCaptureEvent,
  requestFlowReport,
  requestBodyEvent,
  responseBodyEvent,
  errorRewriteReport,
  mirroringEvent,
  httpAccessEvent,
  websocketEvent,
  corazaTrailEvent,
  wasmLogEvent,
  apiDeploymentEvent,
  workflowRunEvent,
  workflowEmitEvent,
  fullStateExport,
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
