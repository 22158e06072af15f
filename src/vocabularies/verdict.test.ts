import { describe, expect, it } from 'vitest';
import { denialReasonOf, outcomeOf } from './verdict.ts';

describe('the outcome of a request', () => {
  it('is denied when the gateway refused it, whatever the status', () => {
    expect(outcomeOf(404, true)).toBe('denied');
    expect(outcomeOf(undefined, true)).toBe('denied');
  });

  it('is denied for 401, 403 and 429 only when the record cannot tell who answered', () => {
    for (const status of [401, 403, 429]) {
      expect(outcomeOf(status, undefined)).toBe('denied');
      expect(outcomeOf(status, false)).toBe('clientError');
    }
  });

  it('follows the status otherwise', () => {
    const outcomes = [101, 200, 304, 400, 404, 499, 500, 504].map((status) => outcomeOf(status, undefined));
    expect(outcomes).toEqual([
      'success',
      'success',
      'success',
      'clientError',
      'clientError',
      'clientError',
      'failure',
      'failure',
    ]);
    expect(outcomeOf(undefined, undefined)).toBe('unknown');
  });
});

describe('the reason of a denial', () => {
  it.each([
    ['No ACL groups assigned', 403, 'noAclGroups'],
    ['Route not in allowed list', 403, 'routeNotAllowed'],
    ['IP restriction violation', 403, 'ipRestriction'],
    ['Your IP address is not allowed', 403, 'ipRestriction'],
    ['Time restriction violation', 403, 'timeRestriction'],
    ['Outside of the allowed time window', 403, 'timeRestriction'],
    ['Invalid credentials', 401, 'invalidCredentials'],
    ['bad apikey', 401, 'invalidCredentials'],
    ['no apikey', 400, 'invalidCredentials'],
    ['error.bad.token', 401, 'invalidCredentials'],
    ["apikey 'ak_quota' quotas exceeded", 429, 'rateOrQuotaExceeded'],
    ['You performed too much requests', 429, 'rateOrQuotaExceeded'],
    ['Forbidden', 403, 'routeNotAllowed'],
    ['Service in maintenance mode', 403, 'policyViolation'],
    ['no route found !', 404, 'other'],
    [undefined, 401, 'invalidCredentials'],
    [undefined, 429, 'rateOrQuotaExceeded'],
    [undefined, 403, 'other'],
  ])('of "%s" with %s is %s', (native, status, reason) => {
    expect(denialReasonOf(native, status)).toBe(reason);
  });
});
