import { describe, expect, it } from 'vitest';
import { auditEvents, eventOf } from '../../../test/otoroshi-records.ts';

describe('an AuditEvent', () => {
  const by = (action: string) =>
    eventOf(auditEvents.find((event) => event.action === action || event.audit === action));

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
    expect(eventOf({ ...auditEvents[0], audit: 'JobErrorEvent', action: null, err: 'boom' })).toMatchObject({
      family: 'job',
      outcome: 'failure',
      error: 'boom',
    });
  });

  it('names the service of a breaker', () => {
    expect(by('CircuitBreakerOpenedEvent')).toMatchObject({ service: 'broken', serviceId: 'route_broken' });
  });
});
