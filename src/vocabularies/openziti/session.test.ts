import { describe, expect, it } from 'vitest';
import { captured, storedWith, written } from './stored.fixture.ts';

describe('a session', () => {
  it('with the API is the entity that its events tell of', () => {
    expect(storedWith(captured, '"namespace":"apiSession"', '"created"')).toMatchObject({
      family: 'session',
      action: 'created',
      outcome: 'success',
      gateway: 'quickstart',
      consumerId: 'h2sx6GODS',
      identityType: 'legacy',
      clientIp: '127.0.0.1',
      entityType: 'apiSessions',
      entityId: 'cmwqebw4j0001ws7dbf3aqeqy',
    });
  });

  it('with the API comes with a port for JWT sessions, and without one for legacy ones', () => {
    expect(storedWith(captured, '"refreshed"').clientIp).toBe('127.0.0.1');
    expect(storedWith(written, '"namespace":"apiSession"', '"created"').clientIp).toBe('2001:db8::7');
    expect(storedWith(written, '"exchanged"').clientIp).toBe('2001:db8::7');
  });

  it('for a service names the session with the API that it belongs to', () => {
    expect(storedWith(captured, '"namespace":"session"')).toMatchObject({
      type: 'session',
      action: 'created',
      serviceId: '26u7M6XznWqgVKMkyMe8Pu',
      consumerId: '88W0A6ZzCx',
      entityType: 'sessions',
      entityId: 'cmwqef7ns004jws7dt6m21l8r',
      attributes: { session_type: 'Bind', api_session_id: '4b86b898-03f6-44ef-935b-8f277c2befd6' },
    });
  });
});

describe('an authentication', () => {
  it('that succeeded is told by its kind: success is false even then', () => {
    const event = storedWith(captured, '"namespace":"authentication"');
    expect(JSON.parse(event.raw)).toMatchObject({ event_type: 'success', success: false });
    expect(event).toMatchObject({
      family: 'session',
      outcome: 'success',
      severity: 'info',
      granted: true,
      consumerId: 'h2sx6GODS',
      identityType: 'password',
      clientIp: '127.0.0.1',
    });
    expect(event).not.toHaveProperty('denialReason');
  });

  it('that failed is denied, and may name nobody', () => {
    const event = storedWith(written, 'no authenticator for this user name');
    expect(event).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      denialReason: 'invalidCredentials',
      nativeDenialReason: 'no authenticator for this user name',
      clientIp: '198.51.100.66',
    });
    expect(event).not.toHaveProperty('consumerId');
  });

  it('that its policy forbids is a violation of policy', () => {
    expect(storedWith(written, 'does not allow certificates')).toMatchObject({
      outcome: 'denied',
      denialReason: 'policyViolation',
      identityType: 'cert',
      consumerId: 'bobTun5Rk',
      attributes: { improper_client_cert_chain: 'true' },
    });
  });
});

describe('a connection', () => {
  it('of an identity to a router says who, from where and to which', () => {
    expect(storedWith(written, '"src_type":"identity","dst_type":"router"')).toMatchObject({
      type: 'connect',
      family: 'network',
      outcome: 'success',
      node: 'EdgeR1xQ',
      consumerId: 'bobTun5Rk',
      identityType: 'identity',
      clientIp: '198.51.100.9',
      host: '10.8.0.2:3022',
    });
  });

  it('of a call of the API names the path in older releases', () => {
    expect(storedWith(written, 'edge/management/v1/services')).toMatchObject({
      host: 'ctrl-oslo.acme.test:1280',
      path: '/edge/management/v1/services',
    });
  });

  it('of a router is from that node, and of another controller from none', () => {
    expect(storedWith(written, '"src_type":"router"').node).toBe('CoreR2mZ');
    expect(storedWith(written, '"src_type":"peer"')).toMatchObject({ identityType: 'peer' });
    expect(storedWith(written, '"src_type":"peer"')).not.toHaveProperty('node');
  });
});
