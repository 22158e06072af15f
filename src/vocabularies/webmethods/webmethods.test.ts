import { describe, expect, it } from 'vitest';
import { fixture, readerOf } from '../records.fixture.ts';
import { webmethods } from './webmethods.ts';

const read = readerOf(webmethods);
const recordsOf = (name: string) => fixture('webmethods', name);

describe('recognising webMethods', () => {
  it('knows an event type by every name that releases and destinations give it', () => {
    const names = ['Transactional', 'TRANSACTIONAL', 'Transaction Event', 'TransactionalEvents'];
    for (const eventType of names)
      expect(webmethods.recognise({ eventType, creationDate: 1 })?.name).toBe('Transactional');
    expect(webmethods.recognise({ eventType: 'Policy Violation', apiId: 'a' })?.name).toBe('PolicyViolation');
    expect(webmethods.recognise({ eventType: 'LifeCycleEvents', creationDate: 1 })?.name).toBe('Lifecycle');
  });

  it('knows the audit log by its columns, whatever its type is called', () => {
    const record = { objectType: 'API', action: 'Update', creationDate: 1 };
    for (const eventType of ['Audit', 'auditlogs', 'APIManagement', undefined])
      expect(webmethods.recognise({ ...record, eventType })?.name).toBe('AuditLog');
  });

  it('leaves to others what merely has an eventType', () => {
    expect(webmethods.recognise({ eventType: 'Error', message: 'disk full' })).toBeUndefined();
    expect(webmethods.recognise({ eventType: 'ConfigChange', creationDate: 1 })).toBeUndefined();
    expect(
      webmethods.recognise({ namespace: 'entityChange', eventType: 'Error', creationDate: 1 }),
    ).toBeUndefined();
    expect(webmethods.recognise({ objectType: 'API', action: 'Update' })).toBeUndefined();
  });
});

describe('the documented columns', () => {
  const api = 'apiId apiName apiVersion operationName creationDate eventType';
  const call = `${api} applicationId applicationIp applicationName httpMethod responseCode`;
  const alert = `${call} alertDesc alertSource alertType eventSource`;
  const native = 'nativeHttpMethod nativeURL nativeReqPayload nativeResPayload';
  const nativeHeaders = 'nativeRequestHeaders nativeResponseHeaders';
  const columns: Readonly<Record<string, string>> = {
    Transactional: `${call} ${native} ${nativeHeaders} cachedResponse correlationID customFields errorOrigin
      externalCalls isCallbackRequest messageType origin packageId packageName planId planName providerTime
      queryParameteres reqPayload requestHeaders resPayload responseHeaders sourceGatewayNode status
      totalDataSize totalTime`,
    Error: `${call} correlationID errorDesc eventSource`,
    Monitor: `${alert} monitorAttr`,
    PolicyViolation: alert,
    PerformanceData: `${api} availability avgResponseTime faultCount includeFaults intervalStart intervalStop
      maxResponseTime minResponseTime successCount totalCount`,
  };

  it.each(Object.entries(columns))('of %s are all described', (name, documented) => {
    const type = webmethods.types.find((known) => known.name === name);
    const described = Object.keys(type?.fields.properties ?? {});
    expect(documented.split(/\s+/).filter((column) => !described.includes(column))).toEqual([]);
  });
});

describe('an Error event', () => {
  const [ofNative, ofPolicy, ofGateway] = recordsOf('error');

  it('tells an error of the native service from a refusal and from an error of the gateway', () => {
    expect(read(ofNative)).toMatchObject({
      outcome: 'clientError',
      errorOrigin: 'upstream',
      granted: true,
      error: 'Native service provider error. Code : 404',
      requestId: 'APIGW:0002:1',
    });
    expect(read(ofPolicy)).toMatchObject({
      outcome: 'denied',
      errorOrigin: 'gateway',
      granted: false,
      denialReason: 'routeNotAllowed',
      nativeDenialReason: 'Unauthorized application request',
      consumer: undefined,
    });
    expect(read(ofGateway)).toMatchObject({
      outcome: 'failure',
      severity: 'error',
      errorOrigin: 'gateway',
      granted: undefined,
    });
  });

  it('is an error even where it says no status', () => {
    expect(read({ ...ofGateway, responseCode: null }).outcome).toBe('failure');
  });
});

describe('a PolicyViolation', () => {
  const violations = recordsOf('policy-violation');

  it('is denied, for a reason taken from the name and the message of the policy', () => {
    expect(violations.map((record) => read(record).denialReason)).toEqual([
      'invalidCredentials',
      'rateOrQuotaExceeded',
      'ipRestriction',
      'policyViolation',
      'routeNotAllowed',
    ]);
    expect(new Set(violations.map((record) => read(record).outcome))).toEqual(new Set(['denied']));
  });

  it('keeps the name of the policy and its message', () => {
    expect(read(violations[1])).toMatchObject({
      severity: 'warning',
      granted: false,
      action: 'Enforce-HardLimit',
      nativeDenialReason: 'Enforce-HardLimit',
      message: 'A violation was detected for policy (Enforce-HardLimit): the service was called too often',
      status: 503,
      service: 'Petshop',
      operation: '/pets',
      consumer: 'Pet corner',
      clientIp: '10.60.37.42',
      requestId: 'APIGW:0004:1',
    });
  });

  it('reads a time of twelve hours', () => {
    expect(read(violations[4]).time).toBe(1_795_265_388_000_000);
  });
});

describe('a Monitor event', () => {
  const [slow, limit] = recordsOf('monitor');

  it('is an alert that says which limits were broken, and no verdict on the call that broke them', () => {
    expect(webmethods.recognise(slow ?? {})).toMatchObject({ name: 'Monitor', family: 'alert' });
    expect(read(slow)).toMatchObject({
      action: 'MonitorPolicy',
      message: 'Pets answer too slowly',
      severity: 'warning',
      outcome: 'unknown',
      status: 200,
      attributes: {
        monitorAttr: 'AVGRESPONSETIME GT 1.0, SUCCESSCOUNT EQ 3, REQUESTCOUNT GT 10',
        alertType: 'Monitor',
        eventSource: 'MonitorPolicy',
      },
    });
    expect(read(limit)).toMatchObject({ action: 'Enforce-HardLimit', outcome: 'unknown' });
  });
});

describe('PerformanceData', () => {
  const [hour, idle] = recordsOf('performance-data');

  it('keeps every figure of the interval as an attribute, and none as the duration of a call', () => {
    const event = read(hour);
    expect(event).toMatchObject({ time: 1_795_266_000_000_000, service: 'Petshop', operation: '/pets' });
    expect(event).not.toHaveProperty('duration');
    expect(event.attributes).toEqual({
      intervalStart: '2026-11-21T12:00:00.000Z',
      intervalStop: '2026-11-21T13:00:00.000Z',
      availability: '100',
      avgResponseTime: '137.6',
      minResponseTime: '90',
      maxResponseTime: '401',
      successCount: '1',
      faultCount: '1',
      totalCount: '2',
      includeFaults: 'true',
    });
  });

  it('keeps zeros, and goes by the end of the interval where it does not say when it was made', () => {
    expect(read(idle)).toMatchObject({
      time: Date.parse('2026-11-21T13:01:00Z') * 1000,
      attributes: { availability: '0', totalCount: '0', includeFaults: 'false' },
    });
  });

  it('leaves an interval that it cannot read as it is', () => {
    expect(read({ ...hour, intervalStart: 'this morning' }).attributes?.intervalStart).toBe('this morning');
  });
});

describe('a Lifecycle event', () => {
  it('says which instance was started or stopped', () => {
    const [start, stop] = recordsOf('lifecycle');
    expect(read(start)).toMatchObject({ action: 'STARTED', severity: 'notice', gateway: 'gw2', node: 'gw2' });
    expect(read(stop)).toMatchObject({
      action: 'SHUTDOWN',
      severity: 'warning',
      time: Date.parse('2026-11-21T11:59:30Z') * 1000,
    });
  });
});

describe('a ThreatProtection event', () => {
  const [flood, reported, token] = recordsOf('threat-protection');

  it('is a denial for the reason that its filter stands for', () => {
    expect(read(flood)).toMatchObject({
      outcome: 'denied',
      granted: false,
      action: 'globalFlood',
      denialReason: 'rateOrQuotaExceeded',
      nativeDenialReason: 'DoSFilter',
      clientIp: '198.51.100.23',
      user: 'Default',
    });
    expect(read(token)).toMatchObject({
      denialReason: 'invalidCredentials',
      time: Date.parse('2026-11-21T12:49:50Z') * 1000,
    });
  });

  it('is none where the rule only reports, and takes a name for no address', () => {
    expect(read(reported)).toMatchObject({
      outcome: 'unknown',
      granted: true,
      denialReason: undefined,
      clientIp: undefined,
    });
  });
});

describe('a record of the audit log', () => {
  const [update, login, removal] = recordsOf('audit-log');

  it('says who did what to which entity', () => {
    expect(read(update)).toMatchObject({
      action: 'Update',
      outcome: 'success',
      user: 'Administrator',
      entityType: 'api',
      entityId: '7d2c9b1e-4f0a-4c3d-8e21-5b6f7a8c9d01',
      message: 'API Petshop updated',
      node: 'gw2',
    });
    expect(read(removal).severity).toBe('notice');
  });

  it('does not take the gateway’s own address for the caller’s', () => {
    expect(read(update)).not.toHaveProperty('clientIp');
    expect(read(update).attributes).toEqual({ clientIPAddress: '10.0.75.1' });
  });

  it('shows a refused sign-in as denied', () => {
    expect(read(login)).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      denialReason: 'invalidCredentials',
      user: 'mallory',
    });
  });
});
