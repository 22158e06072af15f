/**
 * What audit events tell of, as tables: the actions of the admin API and the UI in both their styles, and what Otoroshi
 * itself did. (Otoroshi events documentation; as a real 17.17 sends it.)
 */
import type { Family, Outcome, Severity } from '../../core/event.ts';
import type { GatewayRecord } from '../../core/spec.ts';
import { entityKinds, kindOfResource } from './entities.ts';
import { adminKey, routeId } from './event-type.ts';
import { finderOf } from './names.ts';

export interface AuditName {
  readonly name: string;
  readonly doc: string;
  readonly family?: Family;
  readonly severity: Severity;
  readonly outcome: Outcome;
  /** Kind of entity that was acted upon. */
  readonly entity?: string;
  /** What such a record has beside the fields of every audit event. */
  readonly own: GatewayRecord;
}

const byKey = (name: string, message: string, metadata: unknown): GatewayRecord => ({
  audit: 'AdminApiEvent',
  user: null,
  apiKey: adminKey,
  action: name,
  from: 'otoroshi-admin-internal-api.oto.tools',
  message,
  metadata,
});

const action = (
  name: string,
  doc: string,
  entity?: string,
  severity: Severity = 'info',
  metadata: unknown = {},
): AuditName => ({
  name,
  doc,
  severity,
  outcome: 'success',
  ...(entity === undefined ? {} : { entity }),
  own: byKey(name.replace('*', 'ROUTE'), doc, metadata),
});

/** The five actions of the older API on each kind. */
const older = entityKinds.flatMap(
  ({ kind, many, action: upper, access = upper, accessAll = `${upper}S` }) => {
    const id = { id: `${kind}_1` };
    const whole = { ...id, name: 'orders' };
    return [
      action(`ACCESS_${access}`, `Somebody read one of the ${many}.`, kind, 'info', id),
      action(`ACCESS_ALL_${accessAll}`, `Somebody read all ${many}.`, kind),
      action(`CREATE_${upper}`, `Somebody created one of the ${many}.`, kind, 'info', whole),
      action(`UPDATE_${upper}`, `Somebody changed one of the ${many}.`, kind, 'info', whole),
      action(`DELETE_${upper}`, `Somebody deleted one of the ${many}.`, kind, 'notice', id),
    ];
  },
);

/** Actions of their own. */
const special: readonly AuditName[] = [
  action('ACCESS_ADMIN_SESSIONS', 'Somebody listed the sessions of administrators.', 'admin-session'),
  action('ACCESS_PRIVATE_APPS_SESSIONS', 'Somebody listed the sessions of users.', 'private-apps-session'),
  action('ACCESS_SIMPLE_ADMINS', 'Somebody listed the administrators with a password.', 'admin'),
  action('ACCESS_WEBAUTHN_ADMINS', 'Somebody listed the administrators with a hardware key.', 'admin'),
  action('ACCESS_AUDIT_EVENTS', 'Somebody read the audit events.'),
  action('ACCESS_ALERT_EVENTS', 'Somebody read the alerts.'),
  action('ACCESS_GLOBAL_CONFIG', 'Somebody read the global configuration.', 'global-config'),
  action('ACCESS_GLOBAL_LIVESTATS', 'Somebody read the live figures of everything.'),
  action('ACCESS_GLOBAL_STATS', 'Somebody read the figures of everything.'),
  action('ACCESS_GLOBAL_STATUSES', 'Somebody read the health of everything.'),
  action('ACCESS_HOST_METRICS', 'Somebody read the figures of the nodes.'),
  action('ACCESS_ALL_LINES', 'Somebody listed the lines, which are environments of services.'),
  action('ACCESS_SERVICES_FOR_LINES', 'Somebody listed the services of a line.', 'service-descriptor'),
  action(
    'ACCESS_SERVICES_FROM_SERVICES_GROUP',
    'Somebody listed the services of a service group.',
    'service-group',
    'info',
    { serviceGroupId: 'group_shop' },
  ),
  action('ACCESS_SERVICE_API', 'Somebody read one of the public APIs.', 'service-descriptor'),
  action('ACCESS_SERVICE_APIS', 'Somebody listed the public APIs.', 'service-descriptor'),
  action('ACCESS_SERVICE_APIKEY', 'Somebody read an API key of a service.', 'apikey'),
  action('ACCESS_SERVICE_APIKEYS', 'Somebody listed the API keys of a service.', 'apikey'),
  action('ACCESS_SERVICE_APIKEY_SINGLE', 'Somebody read one API key of a service.', 'apikey'),
  action('ACCESS_SERVICE_APIKEY_QUOTAS', 'Somebody read the quotas of an API key.', 'apikey'),
  action('RESET_SERVICE_APIKEY_QUOTAS', 'Somebody set the quotas of an API key back.', 'apikey', 'notice'),
  action('ACCESS_SERVICE_EVENTS', 'Somebody read the events of a service.', 'service-descriptor'),
  action('ACCESS_SERVICE_HEALTH', 'Somebody read the health of a service.', 'service-descriptor'),
  action('ACCESS_SERVICE_LIVESTATS', 'Somebody read the live figures of a service.', 'service-descriptor'),
  action('ACCESS_SERVICE_LIVESTATS_OF_DRAFT', 'Somebody read the live figures of a draft.', 'draft'),
  action('ACCESS_SERVICE_STATS', 'Somebody read the figures of a service.', 'service-descriptor'),
  action('ACCESS_SERVICE_TARGETS', 'Somebody listed the targets of a service.', 'service-descriptor'),
  action('UPDATE_SERVICE_TARGETS', 'Somebody changed the targets of a service.', 'service-descriptor'),
  action('DELETE_SERVICE_TARGET', 'Somebody removed a target of a service.', 'service-descriptor', 'notice'),
  action('SERVICESEARCH', 'Somebody searched for a service.', 'service-descriptor'),
  action('DELETE_ADMIN', 'Somebody deleted an administrator.', 'admin', 'notice', {
    username: 'bob@acme.test',
  }),
  action(
    'DELETE_WEBAUTHN_ADMIN',
    'Somebody deleted an administrator with a hardware key.',
    'admin',
    'notice',
  ),
  action('DISCARD_SESSION', 'Somebody ended the session of an administrator.', 'admin-session', 'notice'),
  action('DISCARD_SESSIONS', 'Somebody ended all sessions of administrators.', 'admin-session', 'notice'),
  action(
    'DISCARD_PRIVATE_APPS_SESSION',
    'Somebody ended the session of a user.',
    'private-apps-session',
    'notice',
  ),
  action(
    'DISCARD_PRIVATE_APPS_SESSIONS',
    'Somebody ended all sessions of users.',
    'private-apps-session',
    'notice',
  ),
  action(
    'DISCARD_AUTH_MODULE_SESSIONS',
    'Somebody ended all sessions of an authentication module.',
    'auth-module',
    'notice',
  ),
  action('UPDATE_GLOBAL_CONFIG', 'Somebody changed the global configuration.', 'global-config', 'notice'),
  action(
    'FULL_OTOROSHI_EXPORT',
    'Somebody exported the whole configuration, its secrets among it.',
    'global-config',
    'warning',
  ),
  action(
    'ACTIVATE_PANIC_MODE',
    'Somebody ended all sessions and closed Otoroshi to changes.',
    'global-config',
    'warning',
  ),
  action('STARTED_SNOWMONKEY', 'Somebody let the snow monkey make outages.', 'snow-monkey', 'notice'),
  action('STOPPED_SNOWMONKEY', 'Somebody stopped the snow monkey.', 'snow-monkey', 'notice'),
  action('UPDATED_SNOWMONKEY_CONFIG', 'Somebody changed what the snow monkey does.', 'snow-monkey'),
  action('PATCH_SNOWMONKEY_CONFIG', 'Somebody changed a part of what the snow monkey does.', 'snow-monkey'),
  action(
    'RESET_SNOWMONKEY_OUTAGES',
    'Somebody ended the outages of the snow monkey.',
    'snow-monkey',
    'notice',
  ),
];

const patch = [{ op: 'replace', path: '/name', value: 'orders' }];
/** The generic API: the resource in capitals, its hyphens kept, as in CREATE_ROUTE or UPDATE_ROUTE-COMPOSITION. */
const generic: readonly AuditName[] = [
  action('READ_*', 'Somebody read an entity by the generic API.', undefined, 'info', { id: 'route_1' }),
  action('READ_ALL_*', 'Somebody read all entities of a kind by the generic API.'),
  action('COUNT_ALL_*', 'Somebody counted the entities of a kind by the generic API.'),
  action('CREATE_*', 'Somebody created an entity.', undefined, 'info', { id: 'route_1', name: 'orders' }),
  action('UPDATE_*', 'Somebody changed an entity.', undefined, 'info', { id: 'route_1', name: 'orders' }),
  action(
    'PATCHED_*',
    'Somebody changed parts of an entity, given as a JSON patch.',
    undefined,
    'info',
    patch,
  ),
  action('DELETE_*', 'Somebody deleted an entity.', undefined, 'notice', { id: 'route_1' }),
  action('DELETE_ALL_*', 'Somebody deleted all entities of a kind.', undefined, 'warning'),
  action('BULK_CREATE_*', 'Somebody created many entities at once.', undefined, 'info', { id: 'route_1' }),
  action('BULK_UPDATE_*', 'Somebody changed many entities at once.', undefined, 'info', { id: 'route_1' }),
  action('BULK_PATCH_*', 'Somebody changed parts of many entities at once.', undefined, 'info', patch),
  action('BULK_DELETED_*', 'Somebody deleted many entities at once.', undefined, 'notice', { id: 'route_1' }),
  action('ACCESS_*', 'Somebody read an entity or a page.', undefined, 'info'),
  action('ACCESS_ALL_*', 'Somebody read all entities of a kind.'),
];

const job = {
  uniqueId: 'io.otoroshi.core.jobs.CertRenewalJob',
  name: 'Otoroshi certificate renewal job',
  kind: 'ScheduledEvery',
  starting: 'Automatically',
  instantiation: 'OneInstancePerOtoroshiCluster',
  initialDelay: 60000,
  interval: 3600000,
  cronExpression: null,
  config: {},
};
const breaker = {
  target: { host: 'orders-1.internal:8443', scheme: 'https', weight: 1, protocol: 'HTTP/1.1' },
  service: { id: routeId, name: 'orders-api' },
};
const event = (
  audit: string,
  doc: string,
  [outcome, severity, family]: readonly [Outcome, Severity, Family?],
  own: GatewayRecord,
): AuditName => ({
  name: audit,
  doc,
  severity,
  outcome,
  ...(family === undefined ? {} : { family }),
  own: { audit, ...own },
});

/** Audit events that are no action of anybody; `audit` names them. A job runs 42 times a minute on an idle node. */
const ofItself: readonly AuditName[] = [
  event(
    'CircuitBreakerOpenedEvent',
    'A breaker opened: calls to the target are refused.',
    ['failure', 'error'],
    breaker,
  ),
  event(
    'CircuitBreakerClosedEvent',
    'A breaker closed: calls to the target are let through again.',
    ['success', 'notice'],
    breaker,
  ),
  event(
    'MaxConcurrentRequestReachedEvent',
    'More requests were under way than are allowed at once.',
    ['unknown', 'warning'],
    {
      limit: 1000,
      current: 1003,
    },
  ),
  event(
    'SnowMonkeyOutageRegisteredEvent',
    'The snow monkey made an outage of a service.',
    ['unknown', 'warning'],
    {
      user: '--',
      apiKey: '--',
      from: '--',
      message: 'Snow monkey outage registered',
      config: { enabled: true, dryRun: false, timesPerDay: 1 },
      service: breaker.service,
      dryRun: false,
    },
  ),
  event('JobStartedEvent', 'A job was scheduled.', ['success', 'info', 'job'], { job }),
  event('JobStoppedEvent', 'A job was taken off the schedule.', ['success', 'info', 'job'], { job }),
  event('JobRunEvent', 'A job ran.', ['success', 'debug', 'job'], { job }),
  event('JobErrorEvent', 'A job failed.', ['failure', 'error', 'job'], { job, err: 'Connection refused' }),
  event(
    'MirroringEvent',
    'A call was sent to a second target as well, by an older plugin.',
    ['unknown', 'info', 'trace'],
    {
      mirroring: {
        reqId: '1541238890123450001',
        requestToOto: {
          url: 'https://orders.acme.test/v1/orders',
          method: 'GET',
          headers: { Host: 'orders.acme.test', 'Remote-Address': '203.0.113.24:51422' },
          version: 'HTTP/1.1',
          cookies: [],
        },
        requestToTarget: { url: 'https://orders-1.internal:8443/v1/orders', method: 'GET', headers: {} },
      },
    },
  ),
];

export const auditNames: readonly AuditName[] = [...older, ...special, ...generic, ...ofItself];

const find = finderOf(auditNames);

export interface KnownAudit {
  readonly about: AuditName | undefined;
  readonly entity: string | undefined;
}

/** What is known of an action, or of an audit event that is none. */
export function auditNamed(name: string | undefined): KnownAudit {
  const known = find(name);
  if (known === undefined) return { about: undefined, entity: undefined };
  const { found, rest } = known;
  return { about: found, entity: found.entity ?? (rest === '' ? undefined : kindOfResource(rest)) };
}
