/** Otoroshi's HealthCheckEvent: one for each probe of a target, about once a minute. */
import Type from 'typebox';
import type { Outcome, Severity } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, number, text } from '../fields.ts';
import { filled, microsOf, statusOf, textOf, urlParts } from '../reading.ts';
import { microsFromMillis } from '../times.ts';
import { outcomeOf, severityOf } from '../verdict.ts';
import { enrichment, envelope, gatewayOf, nameOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  url: text('What was asked.'),
  duration: number('Time until the answer.', { unit: 'ms' }),
  status: number('HTTP status answered; 0 when nothing answered.'),
  logicCheck: flag('Whether the target solved the sum it was asked (a number plus 42).', { attribute: true }),
  error: text('Why nothing answered; absent otherwise.'),
  health: text('GREEN, YELLOW (answers, but the sum is wrong), RED (wrong status) or BLACK (unreachable).', {
    attribute: true,
  }),
  ...enrichment,
});
const readAttributes = attributesReader(fields.properties);

const verdicts: Readonly<Record<string, readonly [Outcome, Severity]>> = {
  GREEN: ['success', 'info'],
  YELLOW: ['success', 'warning'],
  RED: ['failure', 'error'],
  BLACK: ['failure', 'critical'],
};

function normalise(record: GatewayRecord) {
  const status = statusOf(record.status);
  const byStatus = outcomeOf(status, false);
  const known = typeof record.health === 'string' ? verdicts[record.health] : undefined;
  const [outcome, severity] = known ?? [byStatus, severityOf(byStatus)];
  const { scheme, host, path } = urlParts(record.url);
  return filled({
    time: microsFromMillis(record['@timestamp']),
    severity,
    outcome,
    gateway: gatewayOf(record),
    node: textOf(record['instance-name']),
    env: textOf(record['@env']),
    zone: textOf(record['instance-zone']),
    service: nameOf(record['@service']),
    serviceId: nameOf(record['@serviceId']),
    product: textOf(record['@product']),
    scheme,
    host,
    path,
    status,
    errorOrigin: outcome === 'failure' ? 'upstream' : undefined,
    error: textOf(record.error),
    duration: microsOf(record.duration),
    attributes: readAttributes(record),
  });
}

export const healthCheckEvent: EventType = {
  name: 'HealthCheckEvent',
  doc: 'A probe of a backend and what it found.',
  family: 'health',
  identity: { by: 'native', paths: ['@id'] },
  fields,
  example: {
    '@type': 'HealthCheckEvent',
    '@id': '1541238890999000111',
    '@timestamp': 1767225660031,
    '@service': 'orders-api',
    '@serviceId': 'route_5f0c6d1e-0d1f-4c5a-9d35-2f6f3b0a1c11',
    '@product': 'shop',
    url: 'https://orders-1.internal:8443/health',
    duration: 23,
    status: 200,
    logicCheck: true,
    health: 'GREEN',
    'user-agent-details': null,
    'origin-details': null,
    'instance-number': 0,
    'instance-name': 'otoroshi-leader-1',
    'instance-zone': 'zone-a',
    'instance-region': 'eu-west',
    'instance-dc': 'dc1',
    'instance-provider': 'local',
    'instance-rack': 'rack-1',
    'cluster-mode': 'Leader',
    'cluster-name': 'otoroshi-leader',
  },
  normalise,
};
