import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../../core/spec.ts';
import { circuit } from './circuit.ts';
import { captured, stored, storedWith, written } from './stored.fixture.ts';

describe('a circuit', () => {
  it('says who, to what, from where, through which routers and for how long', () => {
    expect(stored(circuit.example)).toMatchObject({
      time: 1_768_473_045_118_204,
      family: 'network',
      action: 'deleted',
      outcome: 'success',
      gateway: 'ctrl-berlin',
      node: 'Edge4kTqZ',
      serviceId: '1pLx7VdQmZrK4sTn9YwGhE',
      consumerId: 'anaLptp7Q',
      clientIp: '203.0.113.24',
      circuitId: '3vTq8LmYxWdRk2NsPz6HcA',
      duration: 48_211_300,
      attributes: {
        terminator_id: '6ZcRj2WtHfBq8UvMx0NyLs',
        'path.nodes': 'Edge4kTqZ Core7mXwB',
        'path.links': '5xHnQ3vKdYpLs8RzW2mTcJ',
        'path.terminator_remote_addr': '10.20.1.30:5432',
        'tags.hostId': 'pgHost9xW',
        link_count: '1',
      },
    });
  });

  it('says how long it took to make, and no duration yet', () => {
    const created = storedWith(captured, '"namespace":"circuit"', '"created"');
    expect(created).toMatchObject({ granted: true, overhead: 2987, circuitId: '6dhIWdmEowcgrPu7JKdBnm' });
    expect(created.duration).toBeUndefined();
    expect(created.circuitId?.length).toBeGreaterThan(20);
  });

  it('through one router has no links', () => {
    const created = storedWith(captured, '"namespace":"circuit"', '"created"');
    expect(created.attributes).toMatchObject({ 'path.nodes': 'oIqwA6C0Cx', link_count: '0' });
    expect(created.attributes).not.toHaveProperty(['path.links']);
  });

  it('to a server that a router dials has no host, though the tag is there', () => {
    const tags = { clientId: 'anaLptp7Q', hostId: '', serviceId: '1pLx7VdQmZrK4sTn9YwGhE' };
    expect(stored({ ...circuit.example, tags }).attributes).not.toHaveProperty(['tags.hostId']);
  });

  it('that was rerouted has its new way and its age', () => {
    expect(storedWith(captured, '"pathUpdated"')).toMatchObject({
      duration: 862_378,
      attributes: { 'path.nodes': 'eSXwRxZ0Cx hZZHRxZ0Cx oIqwA6C0Cx', link_count: '2' },
    });
  });

  it('that failed before a terminator was chosen has no host and a cause', () => {
    const failed = storedWith(written, 'NO_ONLINE_TERMINATORS');
    expect(failed).toMatchObject({
      action: 'failed',
      outcome: 'failure',
      severity: 'error',
      error: 'NO_ONLINE_TERMINATORS',
      errorOrigin: 'upstream',
      overhead: 38,
    });
    expect(failed).not.toHaveProperty('node');
    expect(failed.attributes).not.toHaveProperty(['tags.hostId']);
    expect(failed.attributes).not.toHaveProperty('terminator_id');
  });

  it('is denied where the service does not allow the port', () => {
    const denied = storedWith(written, 'ROUTER_ERR_PORT_NOT_ALLOWED');
    expect(denied).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      denialReason: 'routeNotAllowed',
      nativeDenialReason: 'ROUTER_ERR_PORT_NOT_ALLOWED',
    });
    expect(denied.attributes).not.toHaveProperty(['tags.hostId']);
  });

  it.each([
    ['ROUTER_ERR_GENERIC', 'upstream'],
    ['ROUTER_ERR_DIAL_TIMED_OUT', 'upstream'],
    ['ROUTER_ERR_CONN_REFUSED', 'upstream'],
    ['NO_PATH', 'gateway'],
    ['NO_TERMINATORS', 'gateway'],
    ['ROUTER_ERR_RESOURCES_NOT_AVAILABLE', 'gateway'],
  ])('that fails by %s failed by fault of the %s', (failure_cause, errorOrigin) => {
    const record: GatewayRecord = { ...circuit.example, event_type: 'failed', failure_cause };
    expect(stored(record)).toMatchObject({ outcome: 'failure', error: failure_cause, errorOrigin });
  });
});
