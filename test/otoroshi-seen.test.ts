/** What a real Otoroshi 17.17 was seen doing, statement by statement, true of the event that is journalled. */
import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../src/core/spec.ts';
import { vocabularies } from '../src/vocabularies/index.gen.ts';
import { captured, capturedAs, eventOf, exampleOf, gatewayEvents, shown, taken } from './otoroshi-records.ts';

const [routed, refused, ofPerson, ofKey] = gatewayEvents as [
  GatewayRecord,
  GatewayRecord,
  GatewayRecord,
  GatewayRecord,
];

describe('every captured record', () => {
  it.each(captured.map((record) => [`${record['@type']} ${record['@id']}`, record] as const))(
    'is taken as what it is: %s',
    (_, record) => {
      expect(vocabularies.filter((each) => each.recognise(record)).map(({ name }) => name)).toEqual([
        'otoroshi',
      ]);
      const event = eventOf(record);
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
    const flow = {
      ...exampleOf('RequestFlowReport'),
      report: { id: '60d64099b-a9bc-4adc-a9d8-6e44e6139643' },
    };
    expect(eventOf(flow).id).toBe('60d64099b-a9bc-4adc-a9d8-6e44e6139643');
    expect(eventOf(capturedAs('ReactToShellDetectedAlert')).id).toBe('545c2070-7183-498d-8d5b-89b4eafa078a');
  });

  it.each(['TrafficCaptureEvent', 'RequestFlowReport'])(
    'of a %s has another @id from each exporter, and it is the same event all the same',
    (name) => {
      const one = taken(exampleOf(name));
      const two = taken({ ...exampleOf(name), '@id': '70d64099b-a9bc-4adc-a9d8-6e44e6139644' });
      expect(two.id).toBe(one.id);
      expect(two.contentHash).toBe(one.contentHash);
      const changed = { ...exampleOf(name), '@timestamp': 1767225690001 };
      expect(taken(changed).contentHash).not.toBe(one.contentHash);
    },
  );

  it('of a RequestFlowReport has the id of the report, which is that of no request', () => {
    const { id, requestId } = eventOf(exampleOf('RequestFlowReport'));
    expect([id, requestId]).toEqual([(exampleOf('RequestFlowReport').report as GatewayRecord).id, undefined]);
  });

  it('lacks @product and @env on bodies', () => {
    expect(eventOf(capturedAs('RequestBodyEvent'))).toMatchObject({ env: undefined, product: undefined });
    expect(eventOf(capturedAs('ResponseBodyEvent')).env).toBeUndefined();
  });

  it('of a breaker names the route by id, and Otoroshi as its service', () => {
    for (const record of [capturedAs('CircuitBreakerOpenedAlert'), capturedAs('CircuitBreakerOpenedEvent')])
      expect(eventOf(record)).toMatchObject({ service: 'broken', serviceId: 'route_broken' });
  });

  it('tells a user agent that is unknown as a Default Browser on an Unknown platform: no attribute', () => {
    const record = capturedAs('RouteUpdatedAlert');
    expect(record['user-agent-details']).toMatchObject({ browser: 'Default Browser', platform: 'Unknown' });
    expect(shown(record)).not.toMatch(/Default Browser|Unknown/);
    const known = { ...record, 'user-agent-details': { browser: 'Firefox', platform: 'Linux' } };
    expect(eventOf(known).attributes).toMatchObject({ 'user-agent-details.browser': 'Firefox' });
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

  it('takes about as long as overhead, backend and streaming together', () => {
    for (const record of gatewayEvents.filter(({ err }) => err === false)) {
      const { duration = 0, overhead = 0, upstreamDuration = 0 } = eventOf(record);
      const streaming = (record.responseStreamingDuration as number) * 1000;
      expect(Math.abs(duration - overhead - upstreamDuration - streaming)).toBeLessThanOrEqual(2000);
    }
  });

  it('of a call of the admin API gives the address that its audit event lacks', () => {
    const call = eventOf({ ...ofKey, '@service': 'admin-api-service', from: '203.0.113.9' });
    expect(call).toMatchObject({ service: 'admin-api-service', clientIp: '203.0.113.9', family: 'traffic' });
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
      bytesIn: 0,
      bytesOut: 0,
      time: (refused['@callAt'] as number) * 1000,
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

  it('of an error has a reqId that joins with nothing, but is kept', () => {
    expect(refusal({}).requestId).toBeUndefined();
    expect(refusal({}).attributes).toMatchObject({ reqId: '2124123117428147357' });
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

  it('of a wrong secret names no key', () => {
    const event = refusal({ gwError: 'invalid apikey tuple', status: 401, identity: null });
    expect(event).toMatchObject({ outcome: 'denied', consumer: undefined, consumerId: undefined });
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
    const data = { dataIn: 0, dataOut: 0 };
    expect(eventOf({ ...routed, to, data, responseStreamingDuration: -1 })).toMatchObject({
      scheme: 'ws',
      bytesOut: 0,
      status: 200,
      outcome: 'success',
    });
  });

  it('of a person carries cookies, which are redacted', () => {
    expect(JSON.stringify(ofPerson)).toContain('oto-papps-basic-auth');
    expect(eventOf(ofPerson).raw).not.toContain('oto-papps-basic-auth');
  });
});
