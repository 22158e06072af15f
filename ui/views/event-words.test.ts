import { describe, expect, it } from 'vitest';
import { fieldText, summaryOf } from './event-words.tsx';

describe('an event in words', () => {
  it('is a request by its method and path', () => {
    expect(summaryOf({ method: 'GET', path: '/orders/7', message: 'ignored' })).toBe('GET /orders/7');
  });

  it('is an act by what was done to what, and otherwise what the record says', () => {
    expect(summaryOf({ action: 'CREATE_ROUTE', entityId: 'route_42' })).toBe('CREATE_ROUTE route_42');
    expect(summaryOf({ action: 'LOGIN', message: 'Admin logged in' })).toBe('LOGIN · Admin logged in');
    expect(summaryOf({ type: 'fabric.circuits' })).toBe('fabric.circuits');
  });

  it('is a request by its operation where no path was told, and no request where only a method was', () => {
    const call = { family: 'traffic', method: 'GET', host: 'orders.example' };
    expect(summaryOf({ ...call, operation: '/orders/{id}' })).toBe('GET /orders/{id}');
    expect(summaryOf(call)).toBe('GET orders.example');
    const change = {
      family: 'audit',
      method: 'PATCH',
      action: 'confirmed',
      message: 'updated services orders',
    };
    expect(summaryOf(change)).toBe('confirmed · updated services orders');
  });

  it('says of what a bare verb is told, unless its name does', () => {
    expect(summaryOf({ type: 'circuit', action: 'deleted' })).toBe('circuit deleted');
    expect(summaryOf({ type: 'sdk', action: 'sdk-online' })).toBe('sdk-online');
    expect(summaryOf({ type: 'AlertEvent', action: 'AdminLoggedInAlert' })).toBe('AdminLoggedInAlert');
    expect(summaryOf({ type: 'AlertEvent', action: 'RevokedKeyAlert', path: '/orders' })).toBe(
      'RevokedKeyAlert · /orders',
    );
    expect(summaryOf({ type: 'metrics', entityId: 'link-7' })).toBe('metrics link-7');
    expect(summaryOf({ type: 'log', message: 'cache warmed' })).toBe('cache warmed');
  });

  it('shows a value with its unit and keeps false and zero', () => {
    expect(fieldText('duration', 131_000, 'UTC')).toBe('131 ms');
    expect(fieldText('bytesOut', 0, 'UTC')).toBe('0 B');
    expect(fieldText('granted', false, 'UTC')).toBe('false');
    expect(fieldText('consumerGroups', ['a', 'b'], 'UTC')).toBe('a, b');
    expect(fieldText('route', undefined, 'UTC')).toBe('');
  });
});
