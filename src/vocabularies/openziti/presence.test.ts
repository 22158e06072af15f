import { describe, expect, it } from 'vitest';
import { captured, storedWith, written } from './stored.fixture.ts';

describe('a router', () => {
  it('that goes offline is a failure of that node', () => {
    expect(storedWith(captured, '"namespace":"fabric.routers"', 'router-offline')).toMatchObject({
      type: 'router',
      family: 'health',
      action: 'router-offline',
      outcome: 'failure',
      severity: 'error',
      node: 'oIqwA6C0Cx',
      entityType: 'routers',
      entityId: 'oIqwA6C0Cx',
    });
    expect(storedWith(captured, '"namespace":"router"').outcome).toBe('success');
  });
});

describe('a terminator', () => {
  it('is critical when its service has no usable one left', () => {
    expect(storedWith(captured, '"namespace":"terminator"', 'router-offline')).toMatchObject({
      outcome: 'failure',
      severity: 'critical',
      node: 'oIqwA6C0Cx',
      serviceId: '3Yk298ZJA0U1CDvvSwCKxR',
      attributes: { host_id: '88W0A6ZzCx', usable_default_terminators: '0' },
    });
    expect(storedWith(written, '"namespace":"terminator"', '"event_type":"router-online"').severity).toBe(
      'info',
    );
  });

  it('has no counts where its service could not be read', () => {
    const { attributes } = storedWith(written, '"namespace":"fabric.terminators"');
    expect(attributes).not.toHaveProperty('total_terminators');
    expect(attributes).toMatchObject({ static_cost: '0' });
  });
});

describe('an SDK', () => {
  it('of unknown status is neither online nor offline', () => {
    const events = ['sdk-online', 'sdk-status-unknown', 'sdk-offline'].map((kind) =>
      storedWith(written, `"${kind}"`),
    );
    expect(events.map(({ outcome, severity }) => [outcome, severity])).toEqual([
      ['success', 'info'],
      ['unknown', 'notice'],
      ['success', 'notice'],
    ]);
    expect(events.map(({ consumerId }) => consumerId)).toEqual(Array(3).fill('bobTun5Rk'));
  });
});

describe('a link', () => {
  it('between two routers has both ends, its cost and the number of its connections', () => {
    expect(storedWith(written, '"routerLinkNew"')).toMatchObject({
      family: 'network',
      node: 'EdgeR1xQ',
      protocol: 'tls',
      entityType: 'links',
      entityId: '0bVcXz8LkJhGfDsAqWeRtY',
      attributes: { dst_router_id: 'CoreR2mZ', cost: '1', connections: '1' },
    });
  });

  it('that broke may say no more than its id', () => {
    const fault = storedWith(captured, '"fault"');
    expect(fault).toMatchObject({
      outcome: 'failure',
      severity: 'error',
      entityId: '7SwDd30mq8qG75gNZIWcVq',
    });
    expect(fault).not.toHaveProperty('node');
    expect(fault.attributes).not.toHaveProperty('connections');
  });

  it('with no connection left leaves the list out', () => {
    expect(storedWith(written, '"connectionsChanged"').attributes?.connections).toBe('0');
    expect(storedWith(captured, '"connectionsChanged"').attributes?.connections).toBe('2');
  });

  it('that both sides dialled is a success: one of the two goes', () => {
    expect(storedWith(captured, '"namespace":"link"', '"duplicate"').outcome).toBe('success');
  });
});

describe('the cluster', () => {
  it.each([
    ['state.is_leaderless', 'failure', 'critical'],
    ['state.rw', 'success', 'notice'],
    ['peer.disconnected', 'failure', 'warning'],
    ['leadership.lost', 'success', 'warning'],
    ['members.changed', 'success', 'notice'],
  ])('is judged by %s', (eventType, outcome, severity) => {
    expect(storedWith(written, `"${eventType}"`)).toMatchObject({
      type: 'cluster',
      family: 'health',
      action: eventType,
      outcome,
      severity,
    });
  });

  it('names the controller concerned, in camel case', () => {
    expect(storedWith(captured, 'peer.connected')).toMatchObject({
      gateway: 'inst001',
      entityId: 'inst002',
      host: 'tls:localhost:31282',
    });
    expect(storedWith(captured, 'state.has_leader')).toMatchObject({
      entityId: 'inst001',
      attributes: { leaderId: 'inst001' },
    });
    expect(storedWith(captured, 'state.ro')).toMatchObject({ outcome: 'failure', severity: 'error' });
    expect(storedWith(written, 'members.changed').attributes).toMatchObject({ index: '4182' });
  });
});

describe('an alert', () => {
  it('is of a router, about a service, with its details', () => {
    expect(storedWith(captured, '"namespace":"alert"')).toMatchObject({
      family: 'alert',
      severity: 'error',
      node: 'oIqwA6C0Cx',
      serviceId: '24Jrr5kS4cq93S7U5dE6Pi',
      message: 'unable to proxy service',
      error: expect.stringContaining('no network interface found for eth99'),
      entityType: 'routers',
    });
  });

  it('may have no details, and concern what is no entity', () => {
    const event = storedWith(written, '"namespace":"alert"');
    expect(event).not.toHaveProperty('error');
    expect(event.attributes).toMatchObject({ 'related_entities.configBaseType': 'xweb' });
  });
});
