import { describe, expect, it } from 'vitest';
import { alertEvents, eventOf } from '../../../test/otoroshi-records.ts';

describe('an AlertEvent', () => {
  const by = (alert: string) => eventOf(alertEvents.find((event) => event.alert === alert));

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
      ...alertEvents[0],
      alert: 'RevokedApiKeyUsageAlert',
      from: '203.0.113.9',
      to: 'orders.acme.test',
      uri: '/v1',
    };
    expect(eventOf(alert)).toMatchObject({ clientIp: '203.0.113.9', host: 'orders.acme.test', path: '/v1' });
  });
});
