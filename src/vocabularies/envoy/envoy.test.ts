import { describe, expect, it } from 'vitest';
import { linesOf, read, readLine, recordsOf } from '../reading.fixture.ts';
import { envoy } from './envoy.ts';

const [plain, limited, forbidden, unauthorised, unrouted, refused, vanished] = recordsOf(
  'envoy/access.ndjson',
).map((record) => read(envoy, record));
const lines = linesOf('envoy/lines.log');

describe('an Envoy access log in JSON', () => {
  it('fills the columns from Istio’s keys, with milliseconds as microseconds', () => {
    expect(plain).toMatchObject({
      time: 1_795_265_388_254_000,
      outcome: 'success',
      granted: true,
      service: 'orders.shop.svc.cluster.local',
      route: 'orders',
      clientIp: '203.0.113.24',
      userAgent: 'acme-mobile/4.2',
      method: 'GET',
      host: 'orders.acme.test',
      path: '/v1/orders?page=2',
      status: 200,
      protocol: 'HTTP/2',
      duration: 131_000,
      upstreamDuration: 118_000,
      overhead: 13_000,
      bytesIn: 0,
      bytesOut: 1862,
      requestId: '9f2d4c1e-5b6a-4e0f-8a57-2f0c7d1b3e94',
      attributes: { upstream_host: '10.0.3.8:8080', response_code_details: 'via_upstream' },
    });
  });

  it('fills them from Envoy Gateway’s keys, with numbers as text and dashes for nothing', () => {
    expect(limited).toMatchObject({
      time: 1_795_265_389_001_000,
      host: 'orders.acme.test',
      path: '/v1/orders',
      service: 'httproute/shop/orders/rule/0',
      status: 429,
      userAgent: 'acme-mobile/4.2',
      duration: 2000,
      upstreamDuration: undefined,
      attempts: 0,
      requestId: '0b0f3c52-0d0b-4d61-8f6e-4c5bfa3f9a10',
    });
    expect(limited?.attributes).not.toHaveProperty('upstream_host');
  });

  it('knows a refusal by its flag', () => {
    expect(limited).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      denialReason: 'rateOrQuotaExceeded',
      nativeDenialReason: 'RL',
      errorOrigin: 'gateway',
    });
  });

  it('knows a refusal by its details where no flag says so', () => {
    expect(forbidden).toMatchObject({
      outcome: 'denied',
      denialReason: 'policyViolation',
      nativeDenialReason: 'rbac_access_denied_matched_policy[none]',
    });
  });

  it('tells failed authentication elsewhere from a policy by the status', () => {
    expect(unauthorised).toMatchObject({
      outcome: 'denied',
      denialReason: 'invalidCredentials',
      nativeDenialReason: 'UAEX',
      clientIp: '2001:db8::7',
    });
  });

  it('does not take a path that no route has for a refusal', () => {
    expect(unrouted).toMatchObject({
      outcome: 'clientError',
      errorOrigin: 'client',
      denialReason: undefined,
      attributes: { response_flags: 'NR' },
    });
  });

  it('blames the backend for a failed connection and says why', () => {
    expect(refused).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'upstream',
      error: 'delayed connect error: Connection refused',
      granted: true,
    });
  });

  it('has no status for a caller that went away, and blames nobody else', () => {
    expect(vanished).toMatchObject({ outcome: 'unknown', status: undefined, errorOrigin: 'client' });
  });

  it('takes a refusal among several flags for the cause', () => {
    const [first] = recordsOf('envoy/access.ndjson');
    expect(read(envoy, { ...first, response_code: 429, response_flags: 'DI,RL' })).toMatchObject({
      outcome: 'denied',
      nativeDenialReason: 'DI,RL',
    });
  });
});

describe('an Envoy line', () => {
  const [own, istio, failed, tcp] = lines.map((line) => readLine(envoy, line));

  it('fills the columns from the default form', () => {
    expect(own).toMatchObject({
      time: 1_795_265_388_254_000,
      method: 'GET',
      path: '/v1/orders?page=2',
      status: 200,
      clientIp: '203.0.113.24',
      service: 'orders.acme.test',
      upstreamDuration: 118_000,
      bytesOut: 1862,
    });
  });

  it('fills them from Istio’s', () => {
    expect(istio).toMatchObject({
      outcome: 'denied',
      denialReason: 'policyViolation',
      clientIp: '10.0.2.9',
      route: 'default',
      host: 'orders:8080',
    });
    expect(failed).toMatchObject({
      outcome: 'failure',
      service: 'orders.shop.svc.cluster.local',
      error: 'delayed connect error: 111',
      userAgent: 'say:"hi"agent',
    });
  });

  it('says of what was no HTTP that it never got through', () => {
    expect(tcp).toMatchObject({
      method: undefined,
      path: undefined,
      status: undefined,
      errorOrigin: 'client',
    });
  });

  it.each(['', '[', '[now]', '[2026-11-21T12:49:48.254Z] "GET / HTTP/1.1" 200', 'hello "there" 200'])(
    'does not take "%s" for one',
    (line) => {
      expect(envoy.parseLine?.(line)).toBeUndefined();
    },
  );
});
