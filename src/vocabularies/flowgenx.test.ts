import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import { flowgenx } from './flowgenx.ts';
import { fixture, readerOf } from './records.fixture.ts';

const example = flowgenx.types[0]?.example as GatewayRecord;
const read = readerOf(flowgenx);

describe('a FlowGenX access log', () => {
  it('fills the columns, with milliseconds as microseconds', () => {
    expect(read(example)).toMatchObject({
      time: 1_768_473_045_000_000,
      consumer: 'mobile-app',
      consumerGroups: ['api-readers', 'mobile-apps'],
      clientIp: '192.168.1.100',
      userAgent: 'FlowGenX-Mobile/1.0',
      method: 'GET',
      path: '/api/users',
      status: 403,
      duration: 3_000,
      granted: false,
      outcome: 'denied',
      denialReason: 'routeNotAllowed',
      nativeDenialReason: 'Route not in allowed list',
    });
  });

  it('believes what access control said, not the status', () => {
    const granted = { granted: true, reason: null };
    expect(read({ ...example, access: granted })).toMatchObject({ outcome: 'clientError', granted: true });
    expect(read({ ...example, access: granted, response: { status: 200, duration_ms: 45.5 } })).toMatchObject(
      {
        outcome: 'success',
        duration: 45_500,
        denialReason: undefined,
      },
    );
  });

  it('goes by the status when access control said nothing', () => {
    expect(read({ ...example, access: {} })).toMatchObject({ outcome: 'denied', granted: false });
  });

  it('tells the documented reasons, in whatever spelling', () => {
    const because = (reason: string, status = 403) =>
      read({ ...example, response: { status }, access: { granted: false, reason } }).denialReason;
    for (const reason of ['No ACL groups assigned', 'No ACL Groups', 'no_acl_groups'])
      expect(because(reason)).toBe('noAclGroups');
    for (const reason of [
      'Route not in allowed list',
      "Route not in consumer's group permissions",
      'route_not_allowed',
    ])
      expect(because(reason)).toBe('routeNotAllowed');
    for (const reason of ['IP restriction violation', 'Request from unauthorized IP', 'ip-restriction'])
      expect(because(reason)).toBe('ipRestriction');
    for (const reason of ['Time Restriction', 'Request outside allowed time window', 'time_restriction'])
      expect(because(reason)).toBe('timeRestriction');
    for (const reason of ['Invalid credentials', 'API key or OAuth token invalid/expired'])
      expect(because(reason, 401)).toBe('invalidCredentials');
    for (const reason of ['Rate limit exceeded', 'Monthly quota exhausted'])
      expect(because(reason, 429)).toBe('rateOrQuotaExceeded');
    expect(because('', 429)).toBe('rateOrQuotaExceeded');
  });

  it('denies every record of the fixtures that was not granted, and no other', () => {
    const records = fixture('flowgenx', 'access');
    const wrong = records.filter((record) => {
      const { outcome, granted, denialReason } = read(record);
      const isDenied = outcome === 'denied';
      return isDenied === granted || isDenied === (denialReason === undefined);
    });
    expect(wrong).toEqual([]);
  });

  it('knows nobody where there is no consumer', () => {
    const anonymous = read({ ...example, consumer_id: null, consumer_groups: null });
    expect(anonymous).toMatchObject({
      consumer: undefined,
      consumerId: undefined,
      consumerGroups: undefined,
    });
  });

  it('does not take records of others', () => {
    expect(flowgenx.recognise({ timestamp: 'x', request: {}, access: 'no' })).toBeUndefined();
    expect(flowgenx.recognise({ request: {}, access: {} })).toBeUndefined();
    expect(flowgenx.recognise({ ...example, started_at: 1 })).toBeUndefined();
  });
});
