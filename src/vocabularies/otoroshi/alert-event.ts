/**
 * Otoroshi's AlertEvent. Alerts about changes (`RouteCreatedAlert`, `routeCreated`) carry the audit event they tell of,
 * as `audit_payload` or `event`: who acted and on what is read there, and its `@id`, which is the id of the audit event,
 * becomes `causedBy`. So `id:X OR causedBy:X` finds a change and the alert about it. The names are in alerts.ts.
 */
import type { Severity } from '../../core/event.ts';
import type { EventName, EventType, GatewayRecord } from '../../core/spec.ts';
import { flag, list, number, object, text } from '../fields.ts';
import { microsOf, objectOf, textOf } from '../reading.ts';
import { actorOf, callerOf, entityIdOf, keyMembers, userFields, userMembers } from './actor.ts';
import { alertNames } from './alerts.ts';
import { auditNamed } from './audit-actions.ts';
import { exampleOf, otoroshiType } from './event-type.ts';
import { requestColumns, requestMembers } from './http.ts';
import { finderOf } from './names.ts';

const fields = {
  alert: text('Name of the alert.'),
  user: object('Who acted: a profile, a whole API key, or nothing in it.', {
    ...userMembers,
    clientSecret: text('Secret of the key.', { secret: true }),
  }),
  identity: object('The same, when an API key was deleted.', userMembers),
  ...userFields,
  provider: text('Module by which the user signed in.', { attribute: true }),
  adminApiAlert: flag('Whether the alert tells of a call of the admin API.'),
  audit_payload: object('The audit event the alert tells of.', {
    '@id': text('Id of that event; it becomes `causedBy`, which ties the alert to it.'),
    action: text('What was done.', { attribute: true }),
  }),
  event: object('The audit event the alert tells of, in alerts about administrators, sessions and exports.'),
  export: object('The whole configuration.'),
  oldConfig: object('The global configuration before.'),
  newConfig: object('The global configuration now.'),
  apikey: object('The API key concerned.', keyMembers),
  oldApikey: object('The API key before its secret changed.', keyMembers),
  apiKey: object('The API key that was used.', keyMembers),
  inHoursOrLess: number('Hours until the secret changes.', { attribute: true }),
  remaining: object('Quotas of the key.', {
    authorizedCallsPerDay: number('Calls allowed a day.'),
    remainingCallsPerDay: number('Calls left today.', { attribute: true }),
    authorizedCallsPerMonth: number('Calls allowed a month.'),
    remainingCallsPerMonth: number('Calls left this month.', { attribute: true }),
  }),
  settings: object('Shares of a quota at which an alert is sent.'),
  reason: text('Such as daily_quotas_exceeded.', { attribute: true }),
  from: text('Address of the caller; the end a long header came from.', { personal: true }),
  to: text('Host that was asked for; the end a long header went to; an object in some alerts.'),
  uri: text('Path that was asked for.'),
  target: object('Target concerned; what was asked for when the overhead was high.', {
    host: text('Host and port.', { attribute: true }),
    scheme: text('Scheme.'),
    uri: text('Path and query.'),
  }),
  service: object('Service concerned, whole when the overhead was high.', {
    id: text('Its id.'),
    name: text('Its name.'),
  }),
  route: object('The whole route concerned.', { id: text('Its id.'), name: text('Its name.') }),
  request: object('The request concerned.', requestMembers),
  certificate: object('The certificate concerned, with its private key.', {
    id: text('Its id.'),
    domain: text('Name it is for.', { attribute: true }),
    privateKey: text('Private key.', { secret: true }),
  }),
  limit: number('Limit that was passed.', { attribute: true }),
  current: number('Count that passed it.', { attribute: true }),
  overhead: number('Overhead that passed the limit.', { unit: 'ms' }),
  payload: text('The whole body that a scanner saw.'),
  occurences: list('What a scanner found; misspelled by Otoroshi.'),
  occurences_nbr: number('How often; misspelled by Otoroshi.', { attribute: true }),
  suspicious_score: number('Score of a scanner.', { attribute: true }),
  action: text('What was done with a long header.'),
  header_name: text('Name of a long header.', { attribute: true }),
  header_value: text('Its value.'),
  header_value_length: text('Its value again.'),
  new_header_value: text('Its value again.'),
  crd: object('The custom resource of Kubernetes.'),
  customizedSpec: object('What was to be made of it.'),
  error: text('Why that failed.'),
  alertSubcategory: text('For a rule of user analytics: user-analytics.'),
  alertId: text('Id of the rule.', { attribute: true }),
  alertName: text('Name of the rule.', { attribute: true }),
  severity: text('How much the rule matters: info, warning or critical.'),
  message: text('What happened, in a sentence.'),
  tenant: text('Organisation of the rule.'),
  teams: list('Teams of the rule.'),
  windowSeconds: number('Time the rule looks back.', { unit: 's', attribute: true }),
  combine: text('AND or OR: how the conditions of the rule are joined.'),
  conditions: list('Conditions of the rule, with the values they saw.'),
};

/** What rules of user analytics say. */
const said: ReadonlyMap<unknown, Severity> = new Map([
  ['critical', 'critical'],
  ['warning', 'warning'],
  ['info', 'info'],
]);
const find = finderOf(alertNames);

/** The kind of entity where no audit event says it. */
function entityTypeOf(record: GatewayRecord): string | undefined {
  if (record.apikey !== undefined || record.apiKey !== undefined) return 'apikey';
  if (record.certificate !== undefined) return 'certificate';
  if (record.alertId !== undefined) return 'user-alert';
  return record.route === undefined ? undefined : 'route';
}

function columns(record: GatewayRecord) {
  const alert = textOf(record.alert);
  const about = find(alert)?.found;
  const cause = objectOf(record.audit_payload ?? record.event);
  const route = objectOf(record.route);
  const service = objectOf(record.service);
  const target = objectOf(record.target);
  const request = requestColumns(objectOf(record.request));
  const own = actorOf(record);
  const told = actorOf(cause);
  const rule = textOf(record.alertId);
  const name = textOf(record['@service']);
  return {
    ...request,
    causedBy: textOf(cause['@id']),
    action: alert,
    severity: said.get(record.severity) ?? about?.severity ?? 'warning',
    outcome: about?.outcome ?? 'unknown',
    service: textOf(service.name) ?? textOf(route.name) ?? (name === 'Otoroshi' ? undefined : name),
    // A rule of user analytics gives its own id for that of a service.
    serviceId:
      textOf(service.id) ??
      textOf(route.id) ??
      (rule === undefined ? textOf(record['@serviceId']) : undefined),
    route: textOf(route.name),
    user: own.user ?? told.user,
    consumer: own.consumer ?? told.consumer,
    consumerId: own.consumerId ?? told.consumerId,
    identityType: own.identityType ?? told.identityType,
    clientIp: callerOf(record.from) ?? callerOf(cause.from) ?? request.clientIp,
    scheme: textOf(target.scheme) ?? request.scheme,
    // In an alert about a long header `to` is the client or the backend.
    host: (record.header_name === undefined ? textOf(record.to) : undefined) ?? request.host,
    path: textOf(record.uri) ?? textOf(target.uri) ?? request.path,
    overhead: microsOf(record.overhead),
    message: textOf(record.message) ?? textOf(cause.message),
    error: textOf(record.error),
    entityType: auditNamed(textOf(cause.action)).entity ?? entityTypeOf(record),
    entityId:
      entityIdOf(cause.metadata) ??
      entityIdOf(record.apikey ?? record.apiKey) ??
      entityIdOf(record.certificate) ??
      rule ??
      textOf(route.id),
  };
}

const names: readonly EventName[] = alertNames.map(({ own, ...about }) => ({
  ...about,
  example: exampleOf('AlertEvent', { alert: about.name.replace('*', 'route'), ...own }),
}));

export const alertEvent: EventType = otoroshiType({
  name: 'AlertEvent',
  doc: 'Something that Otoroshi wants looked at: breakers, quotas, certificates, logins, changes, attacks.',
  family: 'alert',
  names,
  fields,
  example: {
    '@serviceId': '--',
    '@service': 'Otoroshi',
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
  },
  columns,
});
