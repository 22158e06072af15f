import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../../core/spec.ts';
import { otoroshi } from './otoroshi.ts';

const fixture = (name: string): GatewayRecord[] =>
  readFileSync(new URL(`../../../test/fixtures/otoroshi/${name}.ndjson`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GatewayRecord);
const read = (record: GatewayRecord | undefined) => {
  const type = record === undefined ? undefined : otoroshi.recognise(record);
  if (record === undefined || type === undefined) throw new Error('not recognised');
  return type.normalise(record);
};

describe('recognising Otoroshi', () => {
  it('knows its events by @type, and keeps names it has never heard', () => {
    expect(otoroshi.recognise({ '@type': 'TcpEvent', '@timestamp': 1 })?.name).toBe('TcpEvent');
    expect(otoroshi.recognise({ '@type': 'MyExtensionEvent', '@id': 'x' })?.name).toBe('AnalyticEvent');
    expect(read({ '@type': 'MyExtensionEvent', '@id': 'x' })).toMatchObject({
      type: 'MyExtensionEvent',
      family: 'unknown',
    });
  });

  it('leaves what merely has a @type to others', () => {
    expect(otoroshi.recognise({ '@type': 'Person', '@context': 'https://schema.org' })).toBeUndefined();
    expect(otoroshi.recognise({ '@timestamp': '2026-11-21T12:49:48Z' })).toBeUndefined();
  });
});

describe('a GatewayEvent', () => {
  const [routed, refused, ofPerson, ofKey, ofWorker] = fixture('gateway-event');

  it('fills the columns, with milliseconds as microseconds', () => {
    expect(read(ofKey)).toMatchObject({
      time: 1_795_266_221_010_000,
      severity: 'info',
      outcome: 'success',
      node: 'otoroshi-leader-1',
      env: 'prod',
      zone: 'zone-a',
      service: 'orders',
      serviceId: 'route_orders',
      route: 'orders',
      product: 'shop',
      consumer: 'Key ak_mobile',
      consumerId: 'ak_mobile',
      consumerGroups: ['gold'],
      identityType: 'APIKEY',
      user: undefined,
      clientIp: '127.0.0.1',
      method: 'GET',
      scheme: 'http',
      host: 'orders.lab.test',
      path: '/a',
      status: 200,
      protocol: 'HTTP/1.1',
      granted: true,
      denialReason: undefined,
      duration: 77_000,
      upstreamDuration: 3_000,
      overhead: 62_000,
      bytesIn: 0,
      bytesOut: 45,
      attempts: 1,
      requestId: '2124126601980412151',
    });
  });

  it('names the gateway by its cluster, but not by a name drawn at each start', () => {
    expect(read(ofWorker).gateway).toBe('worker-pool-1');
    expect(read(ofKey).gateway).toBe('otoroshi-leader-1');
    expect(read(routed).gateway).toBe('otoroshi');
  });

  it('takes the user agent from the headers, and nothing from the pseudo-headers behind them', () => {
    expect(read(ofWorker).userAgent).toBe('curl/7.88.1');
    expect(read(routed).userAgent).toBeUndefined();
    expect(JSON.stringify(read(routed))).not.toMatch(/function1|SSL_NULL/);
  });

  it('falls back on the peer among the pseudo-headers for the address', () => {
    expect(read({ ...routed, from: '' }).clientIp).toBe('127.0.0.1');
  });

  it('takes the trace from a traceparent header', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(read({ ...routed, headers: [{ key: 'TraceParent', value: traceparent }] })).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    });
  });

  it('knows a person by e-mail and name', () => {
    expect(read(ofPerson)).toMatchObject({
      consumer: 'Jane',
      consumerId: 'jane@lab.test',
      user: 'jane@lab.test',
      identityType: 'PRIVATEAPP',
    });
  });

  it('keeps quotas only where a key was used: without one they are defaults', () => {
    expect(read(ofKey).attributes).toMatchObject({ 'remainingQuotas.remainingCallsPerDay': '9999999' });
    expect(Object.keys(read(routed).attributes ?? {}).join()).not.toContain('Quotas');
  });

  it('reads -1 as absent, also in attributes', () => {
    expect(read({ ...routed, responseStreamingDuration: -1 }).attributes).not.toHaveProperty(
      'responseStreamingDuration',
    );
    expect(read(refused).upstreamDuration).toBeUndefined();
  });

  it('is denied when it was refused before the backend', () => {
    expect(read(refused)).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      denialReason: 'other',
      nativeDenialReason: 'no route found !',
      errorOrigin: 'gateway',
      error: 'no route found !',
      service: undefined,
      serviceId: undefined,
      product: undefined,
      status: 404,
      duration: 0,
      attempts: 0,
      host: 'nowhere.lab.test',
      path: '/x',
    });
  });

  it('does not join an error by its reqId, which is made at error time, but keeps it', () => {
    expect(read(refused).requestId).toBeUndefined();
    expect(read(refused).attributes).toMatchObject({ reqId: '2124123117428147357' });
  });

  it.each([
    ['no apikey', 400, 'invalidCredentials'],
    ['bad apikey', 401, 'invalidCredentials'],
    ['invalid apikey tuple', 401, 'invalidCredentials'],
    ['error.bad.token', 401, 'invalidCredentials'],
    ['You performed too much requests', 429, 'rateOrQuotaExceeded'],
    ['You performed too much requests', 403, 'rateOrQuotaExceeded'],
    ['Too many concurrent requests', 503, 'rateOrQuotaExceeded'],
    ['Your IP address is not allowed', 403, 'ipRestriction'],
    ['Forbidden', 403, 'routeNotAllowed'],
  ])('tells why it was refused: %s with %s is %s', (gwError, status, reason) => {
    expect(read({ ...refused, gwError, status })).toMatchObject({ outcome: 'denied', denialReason: reason });
  });

  it('prefers the reason that the API key plugin gives', () => {
    const extrasData = { apikey_rejection_reason: "apikey 'ak_quota' quotas exceeded" };
    expect(
      read({ ...refused, status: 429, gwError: 'You performed too much requests', extrasData }),
    ).toMatchObject({
      nativeDenialReason: "apikey 'ak_quota' quotas exceeded",
      denialReason: 'rateOrQuotaExceeded',
    });
  });

  it.each([
    ['circuit breaker open', { status: 503 }, 'gateway', false],
    ['connection refused', { status: 502, callAttempts: 2 }, 'upstream', true],
    ['call timeout', { status: 504, callAttempts: 1, duration: 30000 }, 'upstream', true],
  ])('is a failure, not a denial: %s', (gwError, more, errorOrigin, granted) => {
    expect(read({ ...refused, gwError, ...more })).toMatchObject({
      outcome: 'failure',
      denialReason: undefined,
      errorOrigin,
      granted,
    });
  });

  it('is a failure of the backend when the backend answered so, although err is false', () => {
    expect(read({ ...routed, status: 500 })).toMatchObject({ outcome: 'failure', errorOrigin: 'upstream' });
    expect(read({ ...routed, status: 403 })).toMatchObject({ outcome: 'clientError', granted: true });
  });

  it('is taken as far as it goes when a projection has reshaped it', () => {
    expect(
      read({ '@type': 'GatewayEvent', '@timestamp': 1_795_266_221_010, status: '200', to: 'x' }),
    ).toMatchObject({
      time: 1_795_266_221_010_000,
      status: 200,
      outcome: 'success',
      host: undefined,
    });
  });
});

describe('a HealthCheckEvent', () => {
  const [, example] = otoroshi.types.map((type) => type.example);

  it('goes by the colour', () => {
    expect(read(example)).toMatchObject({
      outcome: 'success',
      severity: 'info',
      duration: 23_000,
      status: 200,
    });
    expect(read(example).attributes).toMatchObject({ health: 'GREEN', logicCheck: 'true' });
    expect(read({ ...example, health: 'YELLOW' })).toMatchObject({ outcome: 'success', severity: 'warning' });
    expect(read({ ...example, health: 'RED', status: 503 })).toMatchObject({ outcome: 'failure' });
  });

  it('has no status when nothing answered', () => {
    expect(read({ ...example, health: 'BLACK', status: 0, error: 'Connection refused' })).toMatchObject({
      status: undefined,
      outcome: 'failure',
      severity: 'critical',
      error: 'Connection refused',
      host: 'orders-1.internal:8443',
      path: '/health',
    });
  });
});

describe('a TcpEvent', () => {
  const [, , example] = otoroshi.types.map((type) => type.example);

  it('fills the columns, the addresses without slash and port', () => {
    expect(read(example)).toMatchObject({
      outcome: 'success',
      clientIp: '203.0.113.24',
      host: 'db.acme.test',
      duration: 48_211_000,
      bytesIn: 88120,
      bytesOut: 4410233,
      protocol: 'Tcp/Tls',
      service: 'postgres-front',
    });
    expect(read({ ...example, remote: '/[2001:db8::1]:443' }).clientIp).toBe('2001:db8::1');
  });

  it('is a failure when the connection could not be made, and names no host without SNI', () => {
    const gwError = 'Tcp command [Connect(pg-1.internal:5432)] failed because of refused';
    expect(read({ ...example, gwError, to: { host: '*' } })).toMatchObject({
      outcome: 'failure',
      error: gwError,
      host: undefined,
    });
  });
});

describe('an AuditEvent', () => {
  const events = fixture('audit-event');
  const by = (action: string) =>
    read(events.find((event) => event.action === action || event.audit === action));

  it('tells who did what to which entity, an API key by its name', () => {
    expect(by('CREATE_ROUTE')).toMatchObject({
      action: 'CREATE_ROUTE',
      outcome: 'success',
      consumer: 'Otoroshi Backoffice ApiKey',
      consumerId: 'admin-api-apikey-id',
      identityType: 'APIKEY',
      entityType: 'route',
      entityId: 'route_tmp',
      message: 'User created a route',
      service: undefined,
    });
  });

  it('does not take Otoroshi’s name for itself for an address', () => {
    expect(by('CREATE_ROUTE').clientIp).toBeUndefined();
    expect(by('ACTIVATE_PANIC_MODE')).toMatchObject({ clientIp: '127.0.0.1', user: 'admin@otoroshi.io' });
  });

  it('names no entity for a list of JSON patches', () => {
    expect(by('PATCHED_ROUTE')).toMatchObject({ entityType: 'route', entityId: undefined });
  });

  it('puts jobs into a family of their own', () => {
    expect(by('JobStartedEvent')).toMatchObject({
      family: 'job',
      action: 'JobStartedEvent',
      entityId: 'io.otoroshi.core.jobs.ServiceDescriptorUsageWarning',
    });
    expect(read({ ...events[0], audit: 'JobErrorEvent', action: null, err: 'boom' })).toMatchObject({
      family: 'job',
      outcome: 'failure',
      error: 'boom',
    });
  });

  it('names the service of a breaker', () => {
    expect(by('CircuitBreakerOpenedEvent')).toMatchObject({ service: 'broken', serviceId: 'route_broken' });
  });
});

describe('an AlertEvent', () => {
  const events = fixture('alert-event');
  const by = (alert: string) => read(events.find((event) => event.alert === alert));

  it('has its name as the action and a severity by it', () => {
    expect(by('CircuitBreakerOpenedAlert')).toMatchObject({ severity: 'error', service: 'broken' });
    expect(by('AdminLoggedInAlert')).toMatchObject({ severity: 'info', user: 'admin@otoroshi.io' });
    expect(by('ReactToShellDetectedAlert')).toMatchObject({ severity: 'critical', route: 'r2s', path: '/x' });
    expect(by('ApiKeySecretWillRotate')).toMatchObject({ severity: 'warning', consumerId: 'ak_rot' });
    expect(by('HighOverheadAlert')).toMatchObject({ overhead: 124_000, service: 'public' });
  });

  it('reads who acted and on what from the audit event it tells of', () => {
    expect(by('CertCreatedAlert')).toMatchObject({
      severity: 'info',
      consumerId: 'admin-api-apikey-id',
      entityType: 'certificate',
      entityId: 'cert_copy',
      message: 'User created a certificate',
    });
    expect(by('apikeyCreated')).toMatchObject({ severity: 'info', entityId: 'ak_gen' });
  });

  it('takes addresses and paths of alerts that give them as text', () => {
    const alert = {
      ...events[0],
      alert: 'RevokedApiKeyUsageAlert',
      from: '203.0.113.9',
      to: 'orders.acme.test',
      uri: '/v1',
    };
    expect(read(alert)).toMatchObject({ clientIp: '203.0.113.9', host: 'orders.acme.test', path: '/v1' });
  });
});

describe('the other events', () => {
  const events = fixture('analytic-event');
  const by = (type: string) => {
    const event = events.find((candidate) => candidate['@type'] === type);
    return { ...read(event), identity: otoroshi.recognise(event as GatewayRecord)?.identity };
  };

  it('keep their native name and join with their request', () => {
    expect(by('RequestBodyEvent')).toMatchObject({
      type: 'RequestBodyEvent',
      family: 'trace',
      path: '/b',
      requestId: '2124123123241452859',
    });
    expect(by('ErrorRewriteReport')).toMatchObject({ family: 'error', requestId: '2124123123472139583' });
  });

  it('are not identified by an @id that is drawn again for each exporter', () => {
    expect(by('TrafficCaptureEvent')).toMatchObject({
      requestId: '2124123123702826306',
      identity: { by: 'native', paths: ['request.id'] },
    });
  });
});
