/**
 * webMethods API Gateway of Software AG, later IBM: told by `eventType` with a field of its own beside it, and the audit
 * log by its columns.
 */
import type { EventType, GatewayRecord, Vocabulary } from '../../core/spec.ts';
import { monitor, policyViolation } from './alerts.ts';
import { auditLog } from './audit-log.ts';
import { error } from './error.ts';
import { lifecycle } from './lifecycle.ts';
import { performanceData } from './performance-data.ts';
import { threatProtection } from './threat-protection.ts';
import { transactional } from './transactional.ts';

/** Each event type with the names by which releases and destinations call it. */
const named: readonly (readonly [EventType, readonly string[]])[] = [
  [transactional, ['Transactional', 'Transaction']],
  [error, ['Error']],
  [policyViolation, ['PolicyViolation', 'Policy Violation']],
  [monitor, ['Monitor', 'Monitoring']],
  [performanceData, ['PerformanceData', 'PerformanceMetrics']],
  [lifecycle, ['Lifecycle', 'LifeCycle']],
  [threatProtection, ['ThreatProtection', 'Threat Protection']],
];
const byName: ReadonlyMap<unknown, EventType> = new Map(
  named.flatMap(([type, names]) =>
    names
      .flatMap((name) => [name, `${name}Event`, `${name}Events`, `${name} Event`])
      .flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()])
      .map((name) => [name, type] as const),
  ),
);

/** Others say eventType too; webMethods has one of these beside it. */
const isOurs = (record: GatewayRecord): boolean =>
  record.creationDate !== undefined || record.apiId !== undefined || record.filterName !== undefined;

const isAudit = (record: GatewayRecord): boolean =>
  typeof record.objectType === 'string' &&
  typeof record.action === 'string' &&
  (record.creationDate !== undefined || record.event_create_ts !== undefined);

export const webmethods: Vocabulary = {
  name: 'webmethods',
  doc: 'Runtime events, performance data, threats and the audit log of webMethods API Gateway 10 and 11.',
  types: [
    transactional,
    error,
    policyViolation,
    monitor,
    performanceData,
    lifecycle,
    threatProtection,
    auditLog,
  ],
  recognise(record) {
    if (record['@type'] !== undefined || record.namespace !== undefined) return undefined;
    const type = byName.get(record.eventType);
    if (type !== undefined) return isOurs(record) ? type : undefined;
    return isAudit(record) ? auditLog : undefined;
  },
};
