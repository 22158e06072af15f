/** Otoroshi's HealthCheckEvent: one for each probe of a target, about once a minute. */
import type { Outcome, Severity } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { flag, number, text } from '../fields.ts';
import { microsOf, statusOf, textOf, urlParts } from '../reading.ts';
import { outcomeOf, severityOf } from '../verdict.ts';
import { otoroshiType } from './event-type.ts';

const fields = {
  url: text('What was asked.'),
  duration: number('Time until the answer.', { unit: 'ms' }),
  status: number('HTTP status answered; 0 when nothing answered.'),
  logicCheck: flag('Whether the target solved the sum it was asked (a number plus 42).', { attribute: true }),
  error: text('Why nothing answered; absent otherwise.'),
  health: text('GREEN, YELLOW (answers, but the sum is wrong), RED (wrong status) or BLACK (unreachable).', {
    attribute: true,
  }),
};

const verdicts: ReadonlyMap<unknown, readonly [Outcome, Severity]> = new Map([
  ['GREEN', ['success', 'info']],
  ['YELLOW', ['success', 'warning']],
  ['RED', ['failure', 'error']],
  ['BLACK', ['failure', 'critical']],
]);

function columns(record: GatewayRecord) {
  const status = statusOf(record.status);
  const byStatus = outcomeOf(status, false);
  const [outcome, severity] = verdicts.get(record.health) ?? [byStatus, severityOf(byStatus)];
  const { scheme, host, path } = urlParts(record.url);
  return {
    severity,
    outcome,
    product: textOf(record['@product']),
    scheme,
    host,
    path,
    status,
    errorOrigin: outcome === 'failure' ? 'upstream' : undefined,
    error: textOf(record.error),
    duration: microsOf(record.duration),
  };
}

export const healthCheckEvent: EventType = otoroshiType({
  name: 'HealthCheckEvent',
  doc: 'A probe of a backend and what it found.',
  family: 'health',
  fields,
  example: {
    '@product': 'shop',
    '@env': undefined,
    url: 'https://orders-1.internal:8443/health',
    duration: 23,
    status: 200,
    logicCheck: true,
    health: 'GREEN',
  },
  columns,
});
