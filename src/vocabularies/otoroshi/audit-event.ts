/**
 * Otoroshi's AuditEvent in its general form: who did what by the admin API or the UI, breakers, outages, jobs. Whole
 * entities in `metadata`, `apiKey` and `service` stay in the record alone.
 */
import Type from 'typebox';
import type { Outcome, Severity } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, list, number, object, text } from '../fields.ts';
import { filled, objectOf, textOf } from '../reading.ts';
import { microsFromMillis } from '../times.ts';
import { actorOf, callerOf, entityIdOf, entityTypeOf } from './actor.ts';
import { enrichment, envelope, gatewayOf } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  audit: text('Kind of audit event, such as AdminApiEvent, BackOfficeEvent or JobRunEvent.', {
    attribute: true,
  }),
  action: text('What was done, such as CREATE_ROUTE.'),
  user: object('Profile of the user, or null.', {
    name: text('Name.', { personal: true }),
    email: text('E-mail address.', { personal: true }),
  }),
  userName: text('Name of the user, for the UI.', { personal: true }),
  userEmail: text('E-mail address of the user, for the UI.', { personal: true }),
  userRandomId: text('Id of the user’s session.', { secret: true }),
  apiKey: object('The whole API key that acted, or null.', {
    clientId: text('Id of the key.'),
    clientName: text('Name of the key.'),
    clientSecret: text('Secret of the key.', { secret: true }),
  }),
  from: text('Address of the caller; a name of Otoroshi’s own for direct calls of its API.', {
    personal: true,
  }),
  message: text('What was done, in a sentence.'),
  metadata: object(
    'The whole entity when it was created or updated, its id otherwise, or a list of JSON patches.',
  ),
  job: object('The job of a job event.', {
    uniqueId: text('Id of the job.'),
    name: text('Name of the job.'),
    kind: text('Such as ScheduledEvery.'),
  }),
  target: object('Target of a breaker.'),
  service: object('Service of a breaker or an outage.', { id: text('Its id.'), name: text('Its name.') }),
  limit: number('Limit that was reached.', { attribute: true }),
  current: number('Count that reached it.', { attribute: true }),
  err: text('Error of a job.'),
  clientCertChain: list('Certificates of the caller.'),
  ...enrichment,
});
const readAttributes = attributesReader(fields.properties);

const verdicts: Readonly<Record<string, readonly [Outcome, Severity]>> = {
  JobErrorEvent: ['failure', 'error'],
  CircuitBreakerOpenedEvent: ['failure', 'error'],
  CircuitBreakerClosedEvent: ['success', 'notice'],
  MaxConcurrentRequestReachedEvent: ['unknown', 'warning'],
  SnowMonkeyOutageRegisteredEvent: ['unknown', 'warning'],
};
const done: readonly [Outcome, Severity] = ['success', 'info'];
/** Actions that nobody should miss. */
const grave = /^(DELETE|BULK_DELETED|ACTIVATE_PANIC_MODE|UPDATE_GLOBAL_CONFIG|FULL_IMPORT|RESET)/;

function normalise(record: GatewayRecord) {
  const audit = textOf(record.audit);
  const action = textOf(record.action) ?? audit;
  const job = objectOf(record.job);
  const isJob = audit?.startsWith('Job') === true;
  const service = objectOf(record.service);
  const known = verdicts[audit ?? ''];
  const [outcome, severity] = known ?? done;
  const actor = actorOf(record);
  return filled({
    time: microsFromMillis(record['@timestamp']),
    ...(isJob ? { family: 'job' as const } : {}),
    action,
    severity: known === undefined && grave.test(action ?? '') ? 'notice' : severity,
    outcome,
    gateway: gatewayOf(record),
    node: textOf(record['instance-name']),
    env: textOf(record['@env']),
    zone: textOf(record['instance-zone']),
    service: textOf(service.name),
    serviceId: textOf(service.id) ?? textOf(record['@serviceId']),
    consumer: actor.consumer,
    consumerId: actor.consumerId,
    identityType: actor.identityType,
    user: actor.user,
    clientIp: callerOf(record.from),
    message: textOf(record.message) ?? textOf(job.name),
    error: textOf(record.err) ?? textOf(objectOf(record.err).message),
    entityType: isJob ? 'job' : entityTypeOf(textOf(record.action)),
    entityId: isJob ? textOf(job.uniqueId) : entityIdOf(record.metadata),
    attributes: readAttributes(record),
  });
}

export const auditEvent: EventType = {
  name: 'AuditEvent',
  doc: 'Something an administrator, an API key or Otoroshi itself did, jobs among them.',
  family: 'audit',
  identity: { by: 'native', paths: ['@id'] },
  fields,
  example: {
    '@id': '1541238891777000222',
    '@timestamp': 1767225671000,
    '@type': 'AuditEvent',
    '@product': 'otoroshi',
    '@serviceId': '--',
    '@service': 'Otoroshi',
    '@env': 'prod',
    audit: 'AdminApiEvent',
    user: { name: 'Jane Admin', email: 'jane@acme.test' },
    apiKey: {
      clientId: 'admin-api-apikey-id',
      clientSecret: '[redacted]',
      clientName: 'Otoroshi Backoffice ApiKey',
      authorizedGroup: 'admin-api-group',
      enabled: true,
    },
    action: 'CREATE_ROUTE',
    from: '198.51.100.7',
    message: 'User created a route',
    metadata: { id: 'route_5f0c6d1e-0d1f-4c5a-9d35-2f6f3b0a1c11', name: 'orders-api' },
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
