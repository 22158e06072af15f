/** What Otoroshi says beside its calls: health checks, TCP connections, audit records, jobs, workflows and alerts. */
import { uuidAt } from '../ids.ts';
import type { Random } from '../random.ts';
import { type Consumer, consumers, people, type Route, routes } from '../world.ts';
import { otoroshiRecord, snowflake } from './otoroshi-node.ts';

/** Consumers with an API key. */
const keyed = consumers.filter(({ person }) => !person);

type Say = (random: Random, time: number) => object;

const of = ({ id, service, product }: Route) => ({
  '@serviceId': id,
  '@service': service,
  '@product': product,
});

const health: Say = (random) => {
  const route = random.pick(routes);
  const colour = random.pick(['GREEN', 'GREEN', 'GREEN', 'GREEN', 'GREEN', 'GREEN', 'YELLOW', 'RED']);
  return {
    '@type': 'HealthCheckEvent',
    ...of(route),
    url: `https://${route.service}-1.internal:8443/health`,
    duration: 3 + random.below(40),
    status: colour === 'RED' ? 503 : 200,
    logicCheck: colour !== 'YELLOW',
    health: colour,
  };
};

const tcp: Say = (random) => ({
  '@type': 'TcpEvent',
  '@serviceId': 'tcp_pg',
  '@service': 'postgres-front',
  reqId: random.hex(16),
  protocol: 'Tcp/Tls',
  port: 5432,
  to: { host: 'db.shop.example', scheme: 'Tcp/Tls', uri: '' },
  target: { host: 'pg-1.internal/10.0.4.12:5432', scheme: 'Tcp', uri: '' },
  remote: `/${random.pick(consumers).ip}:51422`,
  local: '/10.0.0.5:5432',
  duration: 1000 + random.below(90_000),
  overhead: random.below(5),
  data: { dataIn: random.below(200_000), dataOut: random.below(4_000_000) },
  gwError: null,
});

const actions = [
  ['UPDATE_ROUTE', 'updated a route'],
  ['CREATE_ROUTE', 'created a route'],
  ['CREATE_APIKEY', 'created an API key'],
  ['UPDATE_APIKEY', 'updated an API key'],
  ['DELETE_APIKEY', 'deleted an API key'],
  ['ACCESS_ALL_APIKEYS', 'listed the API keys'],
  ['READ_ALL_ROUTE', 'read all routes'],
] as const;
/** An administrator in the UI, or the key of a pipeline. */
const audit: Say = (random) => {
  const [action, what] = random.pick(actions);
  const { id, service } = random.pick(routes);
  const { id: clientId, name: clientName } = random.pick(keyed);
  const isPerson = random.chance(0.6);
  const email = `${random.pick(people.slice(0, 3))}@shop.example`;
  return {
    '@type': 'AuditEvent',
    audit: isPerson ? 'BackOfficeEvent' : 'AdminApiEvent',
    user: isPerson ? { name: email.split('@')[0], email } : null,
    apiKey: isPerson
      ? null
      : { clientId: 'ak_pipeline', clientName: 'deploy-pipeline', clientSecret: random.hex(32) },
    action,
    from: '198.51.100.7',
    message: `${isPerson ? 'User' : 'API key'} ${what}`,
    metadata: action.includes('APIKEY') ? { clientId, clientName } : { id, name: service },
  };
};

const jobs = ['Otoroshi certificate renewal job', 'Health checks', 'Export of the configuration'];
const job: Say = (random) => {
  const name = random.pick(jobs);
  const failed = random.chance(0.05);
  return {
    '@type': 'AuditEvent',
    audit: failed ? 'JobErrorEvent' : 'JobRunEvent',
    ...(failed ? { err: 'Connection refused' } : {}),
    job: {
      uniqueId: `io.otoroshi.jobs.${name.replaceAll(' ', '')}`,
      name,
      kind: 'ScheduledEvery',
      starting: 'Automatically',
      instantiation: 'OneInstancePerOtoroshiCluster',
      initialDelay: 2500,
      interval: 30_000,
      cronExpression: null,
    },
  };
};

const workflow: Say = (random) => ({
  '@type': 'WorkflowRunEvent',
  input: { order: 1000 + random.below(9000) },
  node: { id: 'workflow_invoice', kind: 'workflow', description: 'Writes an invoice' },
  result: random.chance(0.1)
    ? { returned_value: null, error: { message: 'the ledger did not answer' } }
    : { returned_value: { invoice: random.below(90_000) }, error: null },
});

const deployment: Say = (random, time) => {
  const { service } = random.pick(routes);
  return {
    '@type': 'ApiDeploymentEvent',
    '@serviceId': `api_${service}`,
    '@service': service,
    apiRef: `api_${service}`,
    owner: `${random.pick(people)}@shop.example`,
    at: time,
    apiDefinition: { id: `api_${service}`, name: service },
    version: `1.${random.below(20)}.0`,
  };
};

const key = (random: Random, { id, name }: Consumer) => ({
  clientId: id,
  clientName: name,
  clientSecret: random.hex(32),
});

const quota: Say = (random) => {
  const isOver = random.chance(0.3);
  return {
    alert: isOver ? 'QuotasExceeded' : 'QuotasAlmostExceeded',
    apikey: key(random, random.pick(keyed)),
    remaining: { authorizedCallsPerDay: 100_000, remainingCallsPerDay: isOver ? 0 : 1 + random.below(9_000) },
    reason: isOver ? 'daily_quotas_exceeded' : 'daily_quotas_almost_exceeded',
  };
};
const breaker: Say = (random) => {
  const { id, service } = random.pick(routes);
  return {
    '@serviceId': id,
    alert: random.pick(['CircuitBreakerOpenedAlert', 'CircuitBreakerClosedAlert']),
    target: { host: `${service}-1.internal:8443`, scheme: 'https', weight: 1, protocol: 'HTTP/1.1' },
    service: { id, name: service },
  };
};
const revoked: Say = (random) => {
  const { host, path } = random.pick(routes);
  const consumer = random.pick(keyed);
  return {
    alert: 'RevokedApiKeyUsageAlert',
    from: consumer.ip,
    to: host,
    uri: path,
    apiKey: key(random, consumer),
  };
};
const login: Say = (random) => {
  const name = random.pick(people.slice(0, 3));
  const email = `${name}@shop.example`;
  return {
    alert: 'AdminLoggedInAlert',
    userName: name,
    userEmail: email,
    user: { name, email },
    provider: 'local',
  };
};
const certificate: Say = (random) => {
  const { host } = random.pick(routes);
  return { alert: 'CertAlmostExpiredAlert', certificate: { id: `cert_${host}`, domain: host } };
};
const slow: Say = (random) => {
  const { id, service, host, path } = random.pick(routes);
  return {
    '@serviceId': id,
    '@service': service,
    alert: 'HighOverheadAlert',
    limit: 100,
    overhead: 101 + random.below(400),
    target: { host, scheme: 'https', uri: path },
    service: { id, name: service },
  };
};
const alerts: readonly Say[] = [quota, quota, breaker, revoked, login, certificate, slow];
const alert: Say = (random, time) => ({ '@type': 'AlertEvent', ...random.pick(alerts)(random, time) });

/** A change by the admin API, and the alert about it, which carries the audit record. */
const changeAlert: Say = (random, time) => {
  const { id, service } = random.pick(routes);
  const pipeline = { clientId: 'ak_pipeline', clientName: 'deploy-pipeline', clientSecret: random.hex(32) };
  return {
    '@type': 'AlertEvent',
    alert: 'RouteUpdatedAlert',
    adminApiAlert: true,
    user: pipeline,
    audit_payload: {
      '@id': uuidAt(time, random.hex(16)),
      '@timestamp': time,
      '@type': 'AuditEvent',
      audit: 'AdminApiEvent',
      user: null,
      apiKey: pipeline,
      action: 'UPDATE_ROUTE',
      from: '198.51.100.7',
      message: 'API key updated a route',
      metadata: { id, name: service },
    },
  };
};

/** The common ones more often. */
const said: readonly Say[] = [
  health,
  health,
  tcp,
  audit,
  audit,
  job,
  job,
  alert,
  alert,
  workflow,
  deployment,
  changeAlert,
];

/** One record; `sequence` tells those of one millisecond apart. */
export const aroundEvent = (random: Random, time: number, sequence: number): string =>
  otoroshiRecord(
    { id: snowflake(time, sequence), time, node: random.below(3) },
    random.pick(said)(random, time),
  );
