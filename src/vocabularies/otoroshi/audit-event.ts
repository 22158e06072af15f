/**
 * Otoroshi's AuditEvent: who did what by the admin API or the UI, and what Otoroshi did itself: breakers, outages,
 * jobs. Jobs are a family of their own: one idle node runs 60 000 of them a day. Whole entities in `metadata`, `apiKey`
 * and `service` stay in the record alone. The names are in audit-actions.ts.
 */
import type { EventName, EventType, GatewayRecord } from '../../core/spec.ts';
import { flag, list, number, object, text } from '../fields.ts';
import { objectOf, textOf } from '../reading.ts';
import { actorOf, callerOf, entityIdOf, keyMembers, userFields, userMembers } from './actor.ts';
import { auditNamed, auditNames } from './audit-actions.ts';
import { adminKey, exampleOf, ofNoRoute, otoroshiType, routeId } from './event-type.ts';
import { mirroringColumns, mirroringFields } from './mirroring-event.ts';

const fields = {
  audit: text('Kind of audit event: AdminApiEvent, BackOfficeEvent, or what Otoroshi did itself.', {
    attribute: true,
  }),
  action: text('What was done, such as CREATE_ROUTE.'),
  user: object('Profile of the user, or null.', userMembers),
  ...userFields,
  apiKey: object('The whole API key that acted, or null.', keyMembers),
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
    kind: text('Such as ScheduledEvery.', { attribute: true }),
    starting: text('Automatically, Never, or by configuration.'),
    instantiation: text('On how many nodes it runs, such as OneInstancePerOtoroshiCluster.'),
    initialDelay: number('Wait before the first run.', { unit: 'ms' }),
    interval: number('Time between runs.', { unit: 'ms' }),
    cronExpression: text('When it runs, as a cron expression.'),
    config: object('Its configuration.'),
  }),
  err: text('Error of a job.'),
  target: object('Target of a breaker.', { host: text('Host and port.', { attribute: true }) }),
  service: object('Service of a breaker or an outage.', { id: text('Its id.'), name: text('Its name.') }),
  limit: number('Limit that was reached.', { attribute: true }),
  current: number('Count that reached it.', { attribute: true }),
  config: object('Configuration of the snow monkey.'),
  dryRun: flag('Whether the outage was only played.', { attribute: true }),
  mirroring: object('A call and its copy.', mirroringFields),
  clientCertChain: list('Certificates of the caller.'),
};

/** Audit events that are told apart by their `action`, the others by `audit`. */
const byAction = new Set(['AdminApiEvent', 'BackOfficeEvent']);

function columns(record: GatewayRecord) {
  const audit = textOf(record.audit);
  const said = audit === undefined || byAction.has(audit) ? textOf(record.action) : undefined;
  const action = said ?? audit;
  const { about, entity } = auditNamed(action);
  const job = objectOf(record.job);
  const service = objectOf(record.service);
  const family = about?.family;
  const isJob = family === 'job';
  return {
    ...(family === undefined ? {} : { family }),
    ...actorOf(record),
    action,
    severity: about?.severity ?? 'info',
    outcome: about?.outcome ?? 'success',
    service: textOf(service.name),
    serviceId: textOf(service.id) ?? textOf(record['@serviceId']),
    clientIp: callerOf(record.from),
    message: textOf(record.message) ?? textOf(job.name),
    error: textOf(record.err) ?? textOf(objectOf(record.err).message),
    entityType: isJob ? 'job' : entity,
    entityId: isJob ? textOf(job.uniqueId) : entityIdOf(record.metadata),
    ...(record.mirroring === undefined ? {} : mirroringColumns(objectOf(record.mirroring))),
  };
}

const names: readonly EventName[] = auditNames.map(({ own, entity, ...about }) => ({
  ...about,
  example: exampleOf('AuditEvent', { ...ofNoRoute, ...own }),
}));

export const auditEvent: EventType = otoroshiType({
  name: 'AuditEvent',
  doc: 'Something an administrator, an API key or Otoroshi itself did, jobs among them.',
  family: 'audit',
  names,
  fields,
  example: {
    ...ofNoRoute,
    audit: 'AdminApiEvent',
    user: { name: 'Jane Admin', email: 'jane@acme.test' },
    apiKey: adminKey,
    action: 'CREATE_ROUTE',
    from: '198.51.100.7',
    message: 'User created a route',
    metadata: { id: routeId, name: 'orders-api' },
  },
  columns,
});
