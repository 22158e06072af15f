/** What a real Otoroshi 17.17 was seen doing, statement by statement, true of the event that is journalled. */
import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../src/core/spec.ts';
import { otoroshi } from '../src/vocabularies/otoroshi/otoroshi.ts';
import {
  alertEvents,
  auditEvents,
  captured,
  eventOf,
  gatewayEvents,
  otherEvents,
  taken,
} from './otoroshi-records.ts';

const [routed, refused, ofPerson, ofKey] = gatewayEvents as [
  GatewayRecord,
  GatewayRecord,
  GatewayRecord,
  GatewayRecord,
];
const alert = (name: string) => alertEvents.find((record) => record.alert === name) as GatewayRecord;
const audit = (name: string) =>
  auditEvents.find((record) => record.action === name || record.audit === name) as GatewayRecord;
const other = (name: string) => otherEvents.find((record) => record['@type'] === name) as GatewayRecord;
const example = (name: string) => otoroshi.types.find((type) => type.name === name)?.example as GatewayRecord;
const named = (name: string) =>
  otoroshi.types.flatMap((type) => type.names ?? []).find((about) => about.name === name)
    ?.example as GatewayRecord;
/** Everything but the record itself. */
const shown = (record: GatewayRecord): string => JSON.stringify({ ...eventOf(record), raw: '' });

describe('every captured record', () => {
  it.each(captured.map((record) => [`${record['@type']} ${record['@id']}`, record] as const))(
    'is taken as what it is: %s',
    (_, record) => {
      const { event } = taken(record);
      expect(event).toMatchObject({ vocabulary: 'otoroshi', type: record['@type'], tenant: 't' });
      expect(event.family).not.toBe('unknown');
      expect(event.time).toBe((record['@timestamp'] as number) * 1000);
      expect(event.reportedTime).toBeUndefined();
    },
  );

  it('keeps whole entities in raw alone: nothing else of an event is long', () => {
    for (const record of captured) {
      const names = Object.keys(eventOf(record).attributes ?? {});
      expect(names.filter((name) => /^(route|descriptor|metadata|payload|export|config)/.test(name))).toEqual(
        [],
      );
      expect(shown(record).length).toBeLessThan(1500);
    }
  });

  it('shows no secret of the lab', () => {
    const secrets =
      /secret_ak|admin-api-apikey-secret|NPrkegny|qslmxE2o|soeEjLJb|\$2a\$10|BEGIN PRIVATE|YWtfbW9iaWxl|sid=abc/;
    const found = captured.filter((record) => secrets.test(JSON.stringify(record)));
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((record) => secrets.test(JSON.stringify(eventOf(record))))).toEqual([]);
  });
});

describe('the envelope', () => {
  it('has ids that look like UUIDs and are none; they are kept as they are', () => {
    const flow = { ...example('RequestFlowReport'), report: { id: '60d64099b-a9bc-4adc-a9d8-6e44e6139643' } };
    expect(eventOf(flow).id).toBe('60d64099b-a9bc-4adc-a9d8-6e44e6139643');
    expect(eventOf(alert('ReactToShellDetectedAlert')).id).toBe('545c2070-7183-498d-8d5b-89b4eafa078a');
  });

  it.each(['TrafficCaptureEvent', 'RequestFlowReport'])(
    'of a %s has another @id from each exporter, and it is the same event all the same',
    (name) => {
      const one = taken(example(name));
      const two = taken({ ...example(name), '@id': '70d64099b-a9bc-4adc-a9d8-6e44e6139644' });
      expect(two.event.id).toBe(one.event.id);
      expect(two.contentHash).toBe(one.contentHash);
      const changed = { ...example(name), '@timestamp': 1767225690001 };
      expect(taken(changed).contentHash).not.toBe(one.contentHash);
    },
  );

  it('lacks @product and @env on bodies', () => {
    expect(eventOf(other('RequestBodyEvent'))).toMatchObject({ env: undefined, product: undefined });
    expect(eventOf(other('ResponseBodyEvent')).env).toBeUndefined();
  });

  it('of a breaker names the route by id, and Otoroshi as its service', () => {
    for (const record of [alert('CircuitBreakerOpenedAlert'), audit('CircuitBreakerOpenedEvent')])
      expect(eventOf(record)).toMatchObject({ service: 'broken', serviceId: 'route_broken' });
  });

  it('has a cluster name that is drawn at each start: no name of the gateway', () => {
    expect(eventOf({ ...routed, 'cluster-name': 'otoroshi-leader-GRS0mmbLad2PVKWI' }).gateway).toBe(
      'otoroshi',
    );
    expect(eventOf({ ...routed, 'cluster-name': 'shop-gateways' }).gateway).toBe('shop-gateways');
  });
});

describe('a GatewayEvent', () => {
  const refusal = (more: GatewayRecord) => eventOf({ ...refused, ...more });

  it('shows neither cbDuration nor overheadWoCb', () => {
    const event = shown({ ...routed, cbDuration: 987_654, overheadWoCb: 876_543 });
    expect(event).not.toMatch(/cbDuration|overheadWoCb|987654|876543/);
  });

  it('has pseudo-headers of the server, which are no headers of the client', () => {
    for (const record of captured) expect(shown(record)).not.toMatch(/function1|SSL_NULL|Raw-Request-URI/);
  });

  it('gives the first X-Forwarded-For as the address', () => {
    expect(eventOf({ ...routed, from: '203.0.113.9' }).clientIp).toBe('203.0.113.9');
  });

  it('is refused before the backend with nothing measured, and asks for what `to` says', () => {
    expect(refusal({ url: 'http://127.0.0.1:9101/target' })).toMatchObject({
      outcome: 'denied',
      granted: false,
      duration: 0,
      overhead: 0,
      upstreamDuration: undefined,
      attempts: 0,
      host: 'nowhere.lab.test',
      path: '/x',
    });
  });

  it('names the route with or without descriptor, and without either when none matched', () => {
    expect(refusal({ '@service': 'orders', route: { name: 'orders' }, descriptor: null }).route).toBe(
      'orders',
    );
    expect(refusal({ '@service': 'orders', route: null, descriptor: { name: 'orders' } }).route).toBe(
      'orders',
    );
    expect(refusal({})).toMatchObject({ route: undefined, service: undefined, serviceId: undefined });
  });

  it('of an error has a reqId that joins with nothing', () => {
    expect(refusal({}).requestId).toBeUndefined();
    expect(eventOf(routed).requestId).toBe('2124123109349917795');
  });

  it.each([
    ['no apikey', 400, 'invalidCredentials'],
    ['bad apikey', 400, 'invalidCredentials'],
    ['invalid apikey tuple', 401, 'invalidCredentials'],
    ['error.bad.token', 401, 'invalidCredentials'],
    ['You performed too much requests', 429, 'rateOrQuotaExceeded'],
    ['You performed too much requests', 403, 'rateOrQuotaExceeded'],
    ['Cannot process more request', 429, 'rateOrQuotaExceeded'],
    ['Your IP address is not allowed', 403, 'ipRestriction'],
    ['Forbidden', 403, 'routeNotAllowed'],
    ['Service in maintenance mode', 503, 'policyViolation'],
  ])('says why it was refused: %s with %s is %s', (gwError, status, denialReason) => {
    expect(refusal({ gwError, status })).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      denialReason,
      nativeDenialReason: gwError,
      errorOrigin: 'gateway',
    });
  });

  it('gives the reason of a key in extrasData, with the key; the quotas beside it are defaults', () => {
    const event = eventOf({
      ...ofKey,
      ...{
        err: true,
        status: 429,
        gwError: 'You performed too much requests',
        callAttempts: 0,
        backendDuration: -1,
      },
      extrasData: { apikey_rejection_reason: "apikey 'ak_quota' quotas exceeded" },
    });
    expect(event).toMatchObject({
      outcome: 'denied',
      consumerId: 'ak_mobile',
      denialReason: 'rateOrQuotaExceeded',
      nativeDenialReason: "apikey 'ak_quota' quotas exceeded",
      error: 'You performed too much requests',
    });
    expect(Object.keys(event.attributes ?? {}).join()).not.toContain('Quotas');
  });

  it.each([
    [
      'an open breaker',
      { status: 503, gwError: 'The service seems to be down :( come back later' },
      'gateway',
      false,
    ],
    ['a refused connection', { status: 502, gwError: 'Connection refused' }, 'upstream', true],
    [
      'a time-out',
      { status: 504, gwError: 'Call timeout', callAttempts: 1, duration: 30_000 },
      'upstream',
      true,
    ],
  ])('of %s is a failure and no refusal', (_, more, errorOrigin, granted) => {
    expect(refusal(more)).toMatchObject({
      outcome: 'failure',
      denialReason: undefined,
      errorOrigin,
      granted,
    });
  });

  it('of a failed challenge says why', () => {
    const extraInfos = { stateRespInvalid: { reason: 'state token is missing', expected_token_state: 'x' } };
    const event = refusal({
      status: 502,
      gwError: 'Backend server does not seems to be secured',
      extraInfos,
    });
    expect(event).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'upstream',
      attributes: { 'extraInfos.stateRespInvalid.reason': 'state token is missing' },
    });
  });

  it('comes twice for a call that timed out, under ids and reqIds of their own', () => {
    const late = eventOf({ ...routed, '@id': '1', reqId: '11' });
    const timeout = eventOf({ ...routed, '@id': '2', reqId: '12', err: true, status: 504, callAttempts: 1 });
    expect([timeout.outcome, late.outcome]).toEqual(['failure', 'success']);
    expect([timeout.path, timeout.clientIp]).toEqual([late.path, late.clientIp]);
    expect(timeout.id).not.toBe(late.id);
  });

  it('of a websocket tells of its handshake alone', () => {
    const to = { host: 'live.lab.test', scheme: 'ws', uri: '/feed' };
    expect(eventOf({ ...routed, to, responseStreamingDuration: -1 })).toMatchObject({
      scheme: 'ws',
      status: 200,
      outcome: 'success',
    });
  });

  it('of a person carries cookies, which are redacted', () => {
    expect(JSON.stringify(ofPerson)).toContain('oto-papps-basic-auth');
    expect(eventOf(ofPerson).raw).not.toContain('oto-papps-basic-auth');
  });
});

describe('the other types', () => {
  it('TcpEvent: no @env, the addresses with a slash and a port', () => {
    const gwError = 'Tcp command [Connect(pg-1.internal:5432)] failed because of refused';
    expect(eventOf({ ...example('TcpEvent'), gwError })).toMatchObject({
      env: undefined,
      clientIp: '203.0.113.24',
      outcome: 'failure',
      error: gwError,
    });
  });

  it('HealthCheckEvent: no status when nothing answered', () => {
    const probe = {
      ...example('HealthCheckEvent'),
      status: 0,
      error: 'refused',
      health: 'BLACK',
      logicCheck: false,
    };
    expect(eventOf(probe)).toMatchObject({ status: undefined, severity: 'critical', error: 'refused' });
  });

  it('RequestFlowReport: a refused request is Successful too, but no success', () => {
    const flow = example('RequestFlowReport');
    expect(eventOf(flow)).toMatchObject({ outcome: 'success', duration: 131_004, overhead: 12_450 });
    const steps = [{ task: 'start-handling' }, { task: 'rendering-intermediate-result' }];
    const report = { ...(flow.report as GatewayRecord), steps };
    expect(eventOf({ ...flow, report })).toMatchObject({ outcome: 'unknown', family: 'trace' });
    expect(eventOf({ ...flow, report: { ...report, state: 'Failed' } }).outcome).toBe('failure');
  });

  it('TrafficCaptureEvent: the id is the reqId with zeros behind', () => {
    expect(eventOf(other('TrafficCaptureEvent'))).toMatchObject({
      id: '212412312370282630600000',
      requestId: '2124123123702826306',
      route: 'capture',
      method: 'POST',
      host: 'capture.lab.test',
      path: '/c?dry=1',
      status: 200,
    });
  });

  it('RequestBodyEvent has an absolute URL, ResponseBodyEvent a relative one', () => {
    const requestId = '2124123123241452859';
    expect(eventOf(other('RequestBodyEvent'))).toMatchObject({
      host: 'bodylog.lab.test',
      path: '/b',
      requestId,
    });
    expect(eventOf(other('ResponseBodyEvent'))).toMatchObject({ path: '/b', status: 200, requestId });
  });

  it('MirroringEvent comes under its own name and in an audit event', () => {
    expect(eventOf(example('MirroringEvent'))).toMatchObject({
      family: 'trace',
      status: 201,
      path: '/v1/orders',
    });
    expect(eventOf(named('MirroringEvent'))).toMatchObject({
      type: 'AuditEvent',
      family: 'trace',
      action: 'MirroringEvent',
      host: 'orders.acme.test',
      requestId: '1541238890123450001',
    });
  });

  it('ErrorRewriteReport joins with its request', () => {
    expect(eventOf(other('ErrorRewriteReport'))).toMatchObject({
      family: 'error',
      outcome: 'failure',
      status: 503,
      host: 'errrw.lab.test',
      clientIp: '127.0.0.1',
      requestId: '2124123123472139583',
      attributes: { error_id: '72a2f937-1860-4c85-a029-b66f4cb7bf62' },
    });
  });

  it('CdnPolyfill and ReactToShell alerts hold the whole body, in raw alone', () => {
    for (const name of ['CdnPolyfillIoDetectedAlert', 'ReactToShellDetectedAlert']) {
      expect(eventOf(alert(name)).raw).toContain('"payload"');
      expect(shown(alert(name))).not.toMatch(/<html>|Content-Disposition/);
    }
  });
});

describe('audit and alert', () => {
  it('JobRunEvent stays out of the audit view and under an action of its own', () => {
    expect(eventOf(named('JobRunEvent'))).toMatchObject({
      type: 'AuditEvent',
      family: 'job',
      action: 'JobRunEvent',
      severity: 'debug',
      entityType: 'job',
    });
    expect(eventOf(audit('JobStartedEvent')).family).toBe('job');
  });

  it('an action of the API has a name of Otoroshi’s own for an address, one of the UI the real address and a user', () => {
    expect(eventOf(audit('CREATE_ROUTE')).clientIp).toBeUndefined();
    expect(eventOf(audit('ACTIVATE_PANIC_MODE'))).toMatchObject({
      clientIp: '127.0.0.1',
      user: 'admin@otoroshi.io',
      identityType: 'USER',
    });
  });

  it.each(alertEvents.map((record) => [record.alert as string, record] as const))(
    'the emitted alert %s is judged by its name',
    (name, record) => {
      expect(eventOf(record)).toMatchObject({ type: 'AlertEvent', family: 'alert', action: name });
      expect(eventOf(record).outcome === 'unknown' && eventOf(record).severity === 'info').toBe(false);
    },
  );

  it('an alert about a change is tied to its audit event by causedBy', () => {
    const told = alertEvents.filter((record) => (record.audit_payload ?? record.event) !== undefined);
    const ids = new Set(auditEvents.map((record) => eventOf(record).id));
    expect(told.every((record) => eventOf(record).causedBy !== undefined)).toBe(true);
    expect(told.filter((record) => ids.has(eventOf(record).causedBy as string)).length).toBe(8);
    expect(eventOf(alert('RouteUpdatedAlert'))).toMatchObject({
      causedBy: eventOf(audit('UPDATE_ROUTE')).id,
      entityType: 'route',
      entityId: 'route_tmp',
      consumerId: 'admin-api-apikey-id',
    });
  });

  it('an alert whose user is empty finds who acted in the event it tells of', () => {
    expect(eventOf(alert('U2FAdminDeletedAlert'))).toMatchObject({
      consumerId: 'admin-api-apikey-id',
      entityType: 'admin',
      entityId: 'bob@lab.test',
      message: 'Admin deleted an Admin',
    });
  });

  it.each([
    ['ACCESS_ROUTE', 'route', 'route_tmp'],
    ['ACCESS_SERVICE_DESCRIPTOR', 'service-descriptor', 'service_lab'],
    ['ACCESS_APIKEY', 'apikey', 'ak_tmp'],
    ['DELETE_SERVICE_GROUP', 'service-group', 'group_lab'],
    ['DELETE_CERTIFICATE', 'certificate', 'cert_copy'],
    ['ACCESS_AUTH_MODULE', 'auth-module', 'auth_lab'],
    ['READ_ROUTE', 'route', 'route_gen'],
    ['CREATE_DATA_EXPORTER_CONFIG', 'data-exporter', 'data_exporter_downhook'],
    ['PATCHED_ROUTE', 'route', undefined],
    ['COUNT_ALL_ROUTES', 'route', undefined],
    ['UPDATE_GLOBAL_CONFIG', 'global-config', undefined],
    ['UPDATED_SNOWMONKEY_CONFIG', 'snow-monkey', undefined],
  ])('%s names the %s %s, whatever the key of its metadata', (name, entityType, entityId) => {
    expect(eventOf(audit(name))).toMatchObject({ entityType, entityId });
  });

  it('DataExporterConfigDeletedAlert says dataExporterConfigId', () => {
    expect(eventOf(alert('DataExporterConfigDeletedAlert')).entityId).toBe('data_exporter_downhook');
  });

  it('RevokedApiKeyUsageAlert carries the true secret of the key, which is redacted', () => {
    const apiKey = { clientId: 'ak_1', clientName: 'Key', clientSecret: 'the-true-one' };
    const event = eventOf({
      ...named('RevokedApiKeyUsageAlert'),
      '@service': '--',
      '@serviceId': '--',
      apiKey,
    });
    expect(event).toMatchObject({
      service: undefined,
      consumerId: 'ak_1',
      outcome: 'denied',
      path: '/v1/orders',
    });
    expect(event.raw).not.toContain('the-true-one');
  });

  it('ApiKeySecretWillRotate carries the next secret, which is redacted', () => {
    expect(eventOf(alert('ApiKeySecretWillRotate')).raw).not.toContain('NPrkegnyHx8');
  });

  it('MaxConcurrentRequestReached has limit and current, HighOverheadAlert a service of 86 keys', () => {
    expect(eventOf(audit('MaxConcurrentRequestReachedEvent')).attributes).toMatchObject({
      limit: '1',
      current: '3',
    });
    expect(eventOf(alert('HighOverheadAlert'))).toMatchObject({
      env: undefined,
      overhead: 124_000,
      service: 'public',
      serviceId: 'route_public',
      path: '/status/200',
    });
  });

  it('OtoroshiExportAlert holds the configuration twice, in raw alone', () => {
    const whole = {
      routes: Array.from({ length: 2000 }, (_, index) => ({ id: `route_${index}`, enabled: true })),
    };
    const record = { ...named('OtoroshiExportAlert'), export: whole };
    expect(eventOf(record)).toMatchObject({ action: 'OtoroshiExportAlert', entityType: 'global-config' });
    expect(shown(record).length).toBeLessThan(1500);
  });
});
