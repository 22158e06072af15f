/** What a real Otoroshi 17.17 was seen doing beside its traffic, true of the event that is journalled. */
import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../src/core/spec.ts';
import { mirroringEvent } from '../src/vocabularies/otoroshi/mirroring-event.ts';
import { alertEvents, auditEvents, capturedAs, eventOf, exampleOf, shown } from './otoroshi-records.ts';

describe('the other types', () => {
  it('TcpEvent: no @env, the addresses with a slash and a port', () => {
    const gwError = 'Tcp command [Connect(pg-1.internal:5432)] failed because of refused';
    expect(eventOf({ ...exampleOf('TcpEvent'), gwError })).toMatchObject({
      env: undefined,
      clientIp: '203.0.113.24',
      outcome: 'failure',
      error: gwError,
    });
  });

  it('HealthCheckEvent: no status when nothing answered', () => {
    const probe = {
      ...exampleOf('HealthCheckEvent'),
      status: 0,
      error: 'refused',
      health: 'BLACK',
      logicCheck: false,
    };
    expect(eventOf(probe)).toMatchObject({ status: undefined, severity: 'critical', error: 'refused' });
  });

  it('RequestFlowReport: a refused request is Successful too, but no success', () => {
    const flow = exampleOf('RequestFlowReport');
    expect(eventOf(flow)).toMatchObject({ outcome: 'success', duration: 131_004, overhead: 12_450 });
    const steps = [{ task: 'start-handling' }, { task: 'rendering-intermediate-result' }];
    const report = { ...(flow.report as GatewayRecord), steps };
    expect(eventOf({ ...flow, report })).toMatchObject({ outcome: 'unknown', family: 'trace' });
    expect(eventOf({ ...flow, report: { ...report, state: 'Failed' } }).outcome).toBe('failure');
  });

  it('TrafficCaptureEvent: the id is the reqId with zeros behind', () => {
    expect(eventOf(capturedAs('TrafficCaptureEvent'))).toMatchObject({
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
    expect(eventOf(capturedAs('RequestBodyEvent'))).toMatchObject({
      host: 'bodylog.lab.test',
      path: '/b',
      requestId,
    });
    expect(eventOf(capturedAs('ResponseBodyEvent'))).toMatchObject({ path: '/b', status: 200, requestId });
  });

  it('MirroringEvent comes under its own name and in an audit event', () => {
    expect(eventOf(mirroringEvent.example)).toMatchObject({
      family: 'trace',
      status: 201,
      path: '/v1/orders',
    });
    expect(eventOf(exampleOf('MirroringEvent'))).toMatchObject({
      type: 'AuditEvent',
      family: 'trace',
      action: 'MirroringEvent',
      host: 'orders.acme.test',
      requestId: '1541238890123450001',
    });
  });

  it('MirroringEvent keeps both bodies in raw alone', () => {
    const record = {
      ...mirroringEvent.example,
      inputBody: 'what was asked',
      mirroredBody: 'what was answered',
    };
    expect(eventOf(record).raw).toContain('what was answered');
    expect(shown(record)).not.toMatch(/what was/);
  });

  it('ErrorRewriteReport joins with its request', () => {
    expect(eventOf(capturedAs('ErrorRewriteReport'))).toMatchObject({
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
      expect(eventOf(capturedAs(name)).raw).toContain('"payload"');
      expect(shown(capturedAs(name))).not.toMatch(/<html>|Content-Disposition/);
    }
  });
});

describe('audit and alert', () => {
  it('JobRunEvent stays out of the audit view and under an action of its own', () => {
    expect(eventOf(exampleOf('JobRunEvent'))).toMatchObject({
      type: 'AuditEvent',
      family: 'job',
      action: 'JobRunEvent',
      severity: 'debug',
      entityType: 'job',
    });
    expect(eventOf(capturedAs('JobStartedEvent')).family).toBe('job');
  });

  it('an action of the API has a name of Otoroshi’s own for an address, one of the UI the real address and a user', () => {
    expect(eventOf(capturedAs('CREATE_ROUTE')).clientIp).toBeUndefined();
    expect(eventOf(capturedAs('ACTIVATE_PANIC_MODE'))).toMatchObject({
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
    expect(eventOf(capturedAs('RouteUpdatedAlert'))).toMatchObject({
      causedBy: eventOf(capturedAs('UPDATE_ROUTE')).id,
      entityType: 'route',
      entityId: 'route_tmp',
      consumerId: 'admin-api-apikey-id',
    });
  });

  it('an alert whose user is empty finds who acted in the event it tells of', () => {
    expect(eventOf(capturedAs('U2FAdminDeletedAlert'))).toMatchObject({
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
    ['DISCARD_SESSION', 'admin-session', undefined],
    ['COUNT_ALL_ROUTES', 'route', undefined],
    ['UPDATE_GLOBAL_CONFIG', 'global-config', undefined],
    ['UPDATED_SNOWMONKEY_CONFIG', 'snow-monkey', undefined],
  ])('%s names the %s %s, whatever the key of its metadata', (name, entityType, entityId) => {
    expect(eventOf(capturedAs(name))).toMatchObject({ entityType, entityId });
  });

  it.each(['SessionDiscardedAlert', 'OtoroshiExportAlert', 'U2FAdminDeletedAlert'])(
    '%s may have an empty user: nobody is named for it',
    (name) => {
      const alone = { ...exampleOf(name), audit_payload: undefined, event: undefined, user: {} };
      expect(eventOf(alone)).toMatchObject({ user: undefined, consumerId: undefined });
    },
  );

  it('the first sign-in of an administrator comes under a name of its own', () => {
    const event = eventOf({ ...capturedAs('AdminLoggedInAlert'), alert: 'AdminFirstLogin' });
    expect(event).toMatchObject({ action: 'AdminFirstLogin', user: 'admin@otoroshi.io', severity: 'notice' });
  });

  it('quotas that are exceeded are told again at each call: each is an event', () => {
    const record = capturedAs('QuotasAlmostExceeded');
    expect(eventOf({ ...record, '@id': '7' }).id).not.toBe(eventOf(record).id);
  });

  it('DataExporterConfigDeletedAlert says dataExporterConfigId', () => {
    expect(eventOf(capturedAs('DataExporterConfigDeletedAlert')).entityId).toBe('data_exporter_downhook');
  });

  it('RevokedApiKeyUsageAlert carries the true secret of the key, which is redacted', () => {
    const apiKey = { clientId: 'ak_1', clientName: 'Key', clientSecret: 'the-true-one' };
    const event = eventOf({
      ...exampleOf('RevokedApiKeyUsageAlert'),
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
    expect(eventOf(capturedAs('ApiKeySecretWillRotate')).raw).not.toContain('NPrkegnyHx8');
  });

  it('MaxConcurrentRequestReached has limit and current, HighOverheadAlert a service of 86 keys', () => {
    expect(eventOf(capturedAs('MaxConcurrentRequestReachedEvent')).attributes).toMatchObject({
      limit: '1',
      current: '3',
    });
    expect(eventOf(capturedAs('HighOverheadAlert'))).toMatchObject({
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
    const record = { ...exampleOf('OtoroshiExportAlert'), export: whole };
    expect(eventOf(record)).toMatchObject({ action: 'OtoroshiExportAlert', entityType: 'global-config' });
    expect(shown(record).length).toBeLessThan(1500);
  });
});
