import { describe, expect, it } from 'vitest';
import { changedFields } from './changed-fields.ts';
import { entityChange } from './entity-change.ts';
import { captured, stored, storedWith, written } from './stored.fixture.ts';

describe('a change of an entity', () => {
  it('says who did what to which entity, from where, and which fields differ', () => {
    expect(stored(entityChange.example)).toMatchObject({
      family: 'audit',
      action: 'updated',
      outcome: 'unknown',
      gateway: 'ctrl-berlin',
      service: 'billing-db',
      serviceId: '1pLx7VdQmZrK4sTn9YwGhE',
      user: 'Ops Admin',
      consumerId: 'opsAdm3Zx',
      identityType: 'identity',
      clientIp: '198.51.100.7',
      method: 'PATCH',
      entityType: 'services',
      entityId: '1pLx7VdQmZrK4sTn9YwGhE',
      attributes: {
        eventId: 'c2f0a1d4-5b7e-4e0c-8a35-6d1f9b2e7a48',
        changed: 'roleAttributes',
        'metadata.source.type': 'rest',
        'metadata.raft_index': '4190',
        'finalState.name': 'billing-db',
      },
    });
  });

  it('is not known to hold before its commit, which says nothing but its id', () => {
    const [change, commit] = written
      .filter((line) => line.includes('0b54a6c9b701"'))
      .map((line) => stored(line));
    expect(change).toMatchObject({
      action: 'created',
      outcome: 'unknown',
      attributes: { 'metadata.trace_id': 't-4711' },
    });
    expect(commit).toMatchObject({ action: 'committed', outcome: 'success' });
    expect(commit?.attributes).toEqual({
      namespace: 'entityChange',
      eventId: change?.attributes?.eventId,
    });
    expect(commit).not.toHaveProperty('entityId');
    expect(commit).not.toHaveProperty('user');
  });

  it('is taken from the state before when it was deleted, and matters more', () => {
    expect(storedWith(captured, '"namespace":"entityChange"')).toMatchObject({
      action: 'deleted',
      severity: 'notice',
      entityType: 'enrollments',
      entityId: 'esqwAxC0CM',
      consumer: 'router-a',
      identityType: 'router',
    });
    expect(storedWith(written, '"DELETE"')).toMatchObject({ service: 'crm', entityType: 'services' });
  });

  it('is nobody’s when its author is blank, and no person’s when a router made it', () => {
    const blank = storedWith(written, '"author":{"type":""}');
    expect([blank.user, blank.consumerId, blank.identityType]).toEqual([undefined, undefined, undefined]);
    expect(blank.attributes).toMatchObject({ 'metadata.source.type': 'raft.peers.connected' });
    expect(storedWith(captured, '"namespace":"entityChange"').user).toBeUndefined();
  });

  it('has an operation instead of an HTTP method where it did not come by the REST API', () => {
    const event = storedWith(written, '"method":"create.terminator"');
    expect(event).toMatchObject({ operation: 'create.terminator', consumer: 'core-2' });
    expect(event.method).toBeUndefined();
  });

  it('keeps both states, with their secrets redacted', () => {
    const event = storedWith(written, '"entityType":"mfas"');
    expect(JSON.parse(event.raw)).toMatchObject({
      initialState: null,
      finalState: { id: 'Mfa1', secret: '[redacted]', salt: '[redacted]', recoveryCodes: '[redacted]' },
    });
  });

  it('compares states by value, whatever the order of their members, and overlooks the time of change', () => {
    const before = { id: 'x', updatedAt: 1, tags: { a: 1, b: [1, 2] }, name: 'one', gone: true, same: null };
    const after = { id: 'x', updatedAt: 2, tags: { b: [1, 2], a: 1 }, name: 'two', same: null, come: [] };
    expect(changedFields(before, after)).toEqual(['name', 'gone', 'come']);
    expect(changedFields({ list: [1] }, { list: { 0: 1 } })).toEqual(['list']);
    expect(changedFields({}, {})).toEqual([]);
  });
});
