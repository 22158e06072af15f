import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import { flowgenx } from './flowgenx.ts';

const example = flowgenx.types[0]?.example as GatewayRecord;
const read = (record: GatewayRecord) => flowgenx.recognise(record)?.normalise(record);

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

  it('does not take records of others', () => {
    expect(flowgenx.recognise({ timestamp: 'x', request: {}, access: 'no' })).toBeUndefined();
    expect(flowgenx.recognise({ request: {}, access: {} })).toBeUndefined();
  });
});
