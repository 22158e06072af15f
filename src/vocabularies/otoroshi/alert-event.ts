/**
 * Otoroshi's AlertEvent in its general form. Alerts about changes (`RouteCreatedAlert`, `routeCreated`) carry the audit
 * event they tell of as `audit_payload`; who acted and on what is read there.
 */
import Type from 'typebox';
import type { Severity } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, number, object, text } from '../fields.ts';
import { filled, objectOf, textOf } from '../reading.ts';
import { microsFromMillis } from '../times.ts';
import { actorOf, callerOf, entityIdOf, entityTypeOf } from './actor.ts';
import { enrichment, envelope, gatewayOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  alert: text('Name of the alert.'),
  user: object('Who acted: a profile, or a whole API key.', {
    name: text('Name.', { personal: true }),
    email: text('E-mail address.', { personal: true }),
    clientSecret: text('Secret of the key.', { secret: true }),
  }),
  userName: text('Name of the user.', { personal: true }),
  userEmail: text('E-mail address of the user.', { personal: true }),
  userRandomId: text('Id of the user’s session.', { secret: true }),
  provider: text('Module by which the user signed in.', { attribute: true }),
  adminApiAlert: flag('Whether the alert tells of a call of the admin API.'),
  audit_payload: object('The audit event the alert tells of.'),
  apikey: object('The API key concerned.', {
    clientId: text('Id of the key.'),
    clientName: text('Name of the key.'),
    clientSecret: text('Secret of the key.', { secret: true }),
  }),
  apiKey: object('The API key concerned.'),
  remaining: object('What is left of its quotas.', {
    remainingCallsPerDay: number('Calls left today.', { attribute: true }),
    remainingCallsPerMonth: number('Calls left this month.', { attribute: true }),
  }),
  reason: text('Such as daily_quotas_exceeded.', { attribute: true }),
  from: text('Address of the caller.', { personal: true }),
  to: text('Host that was asked for; an object in some alerts.'),
  uri: text('Path that was asked for.'),
  target: object('Target concerned.', { host: text('Host and port.', { attribute: true }) }),
  service: object('Service concerned.', { id: text('Its id.'), name: text('Its name.') }),
  route: object('Route concerned.', { id: text('Its id.'), name: text('Its name.') }),
  certificate: object('The certificate concerned, with its private key.', {
    id: text('Its id.'),
    privateKey: text('Private key.', { secret: true }),
  }),
  limit: number('Limit that was passed.', { attribute: true }),
  current: number('Count that passed it.', { attribute: true }),
  overhead: number('Overhead that passed the limit.', { unit: 'ms' }),
  suspicious_score: number('Score of a scanner.', { attribute: true }),
  payload: text('The whole body that a scanner saw.'),
  severity: text('Severity of an alert of user analytics.'),
  message: text('What happened, in a sentence.'),
  ...enrichment,
});
const readAttributes = attributesReader(fields.properties);

/** Severity by name; the first that matches. Changes and logins are news, the rest is a warning. */
const severities: readonly (readonly [Severity, RegExp])[] = [
  ['critical', /^(PanicMode|DbReset|CertExpired|ReactToShellDetected)/],
  ['error', /^(CircuitBreakerOpened|QuotasExceeded|MaxConcurrentRequestReached|FailedCrdParsing)/],
  ['notice', /^(CircuitBreakerClosed|GlobalConfigModification)|Deleted|Discarded/],
  ['info', /(Created|Updated|Patched)(Alert)?$|LoggedIn|LoggedOut|FirstLogin|HasRotated|CertRenewal/],
];
const named: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  error: 'error',
  warning: 'warning',
  info: 'info',
};
function severityOfAlert(alert: string, own: unknown): Severity {
  const said = typeof own === 'string' ? named[own.toLowerCase()] : undefined;
  return said ?? severities.find(([, words]) => words.test(alert))?.[0] ?? 'warning';
}

function normalise(record: GatewayRecord) {
  const alert = textOf(record.alert);
  const audit = objectOf(record.audit_payload);
  const isChange = record.audit_payload !== undefined;
  const route = objectOf(record.route);
  const service = objectOf(record.service);
  const target = objectOf(record.target);
  const request = objectOf(record.request);
  const actor = actorOf(isChange ? { ...audit, ...(audit.user ? {} : { user: record.user }) } : record);
  const product = textOf(record['@service']);
  return filled({
    time: microsFromMillis(record['@timestamp']),
    action: alert,
    severity: severityOfAlert(alert ?? '', record.severity),
    outcome: 'unknown',
    gateway: gatewayOf(record),
    node: textOf(record['instance-name']),
    env: textOf(record['@env']),
    zone: textOf(record['instance-zone']),
    service: textOf(service.name) ?? (product === 'Otoroshi' ? undefined : product),
    serviceId: textOf(service.id) ?? textOf(record['@serviceId']),
    route: textOf(route.name),
    consumer: actor.consumer,
    consumerId: actor.consumerId,
    identityType: actor.identityType,
    user: actor.user,
    clientIp: callerOf(record.from) ?? callerOf(audit.from) ?? callerOf(request.remote),
    method: textOf(request.method),
    scheme: textOf(target.scheme),
    host: textOf(record.to) ?? textOf(objectOf(record.to).host),
    path: textOf(record.uri) ?? textOf(request.uri),
    overhead: typeof record.overhead === 'number' ? Math.round(record.overhead * 1000) : undefined,
    message: textOf(record.message) ?? textOf(audit.message),
    entityType: entityTypeOf(textOf(audit.action)),
    entityId:
      entityIdOf(audit.metadata) ??
      entityIdOf(record.apikey) ??
      entityIdOf(record.certificate) ??
      textOf(route.id),
    attributes: readAttributes(record),
  });
}

export const alertEvent: EventType = {
  name: 'AlertEvent',
  doc: 'Something that Otoroshi wants looked at: breakers, quotas, certificates, logins, changes, attacks.',
  family: 'alert',
  identity: { by: 'native', paths: ['@id'] },
  fields,
  example: {
    '@id': '1541238892555000444',
    '@timestamp': 1767225690000,
    '@type': 'AlertEvent',
    '@product': 'otoroshi',
    '@serviceId': '--',
    '@service': 'Otoroshi',
    '@env': 'prod',
    alert: 'QuotasExceeded',
    apikey: { clientId: 'ak_mobile_01', clientName: 'Mobile application', dailyQuota: 100000 },
    remaining: {
      authorizedCallsPerDay: 100000,
      currentCallsPerDay: 100000,
      remainingCallsPerDay: 0,
      authorizedCallsPerMonth: 2000000,
      currentCallsPerMonth: 812000,
      remainingCallsPerMonth: 1188000,
    },
    reason: 'daily_quotas_exceeded',
    'user-agent-details': null,
    'origin-details': null,
    'instance-number': 0,
    'instance-name': 'otoroshi-worker-1',
    'instance-zone': 'zone-a',
    'instance-region': 'eu-west',
    'instance-dc': 'dc1',
    'instance-provider': 'local',
    'instance-rack': 'rack-1',
    'cluster-mode': 'Worker',
    'cluster-name': 'otoroshi-worker-pool',
  },
  normalise,
};
