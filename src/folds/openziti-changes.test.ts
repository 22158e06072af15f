import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import { openzitiChanges } from './openziti-changes.ts';
import { minute, play, second, standing } from './play.fixture.ts';

const before = {
  id: 'svc-1',
  name: 'ledger',
  updatedAt: '2026-11-01T08:00:00Z',
  roleAttributes: ['db'],
  authPolicy: { primary: { cert: true }, password: '[redacted]' },
};
const updated: GatewayRecord = {
  namespace: 'entityChange',
  event_src_id: 'ctrl-1',
  timestamp: '2026-11-21T13:00:00.120004+01:00',
  eventId: 'e-1',
  eventType: 'updated',
  metadata: {
    author: { type: 'identity', id: 'adm', name: 'Mira Holt' },
    source: { type: 'rest', auth: 'edge', remoteAddr: '198.51.100.7:50110', method: 'PATCH' },
  },
  entityType: 'services',
  isParentEvent: false,
  initialState: before,
  finalState: {
    ...before,
    name: 'ledger-db',
    updatedAt: '2026-11-21T12:00:00Z',
    authPolicy: { primary: { cert: false }, password: '[redacted]' },
  },
};
const committed: GatewayRecord = {
  namespace: 'entityChange',
  event_src_id: 'ctrl-1',
  timestamp: '2026-11-21T13:00:00.121377+01:00',
  eventId: 'e-1',
  eventType: 'committed',
};
const said = (happenings: readonly (GatewayRecord | number)[]) =>
  play(openzitiChanges, happenings).derived.map(({ id, weight = 1 }) => `${weight} ${id}`);

describe('a change in two phases', () => {
  it('is confirmed by its commit, with who, what and the fields that changed', () => {
    const { derived } = play(openzitiChanges, [updated, committed]);
    expect(derived).toHaveLength(1);
    expect(derived[0]).toMatchObject({
      type: 'change',
      id: 'e-1/confirmed',
      causedBy: 'e-1/updated',
      action: 'confirmed',
      outcome: 'success',
      entityType: 'services',
      entityId: 'svc-1',
      entityName: 'ledger-db',
      service: 'ledger-db',
      user: 'Mira Holt',
      clientIp: '198.51.100.7',
      method: 'PATCH',
      message: 'updated services ledger-db',
      changed: 'name authPolicy.primary.cert',
      changes: [
        { field: 'name', from: 'ledger', to: 'ledger-db' },
        { field: 'authPolicy.primary.cert', from: true, to: false },
      ],
    });
  });

  it('is unconfirmed when the commit does not come in time, and nothing before that', () => {
    expect(said([updated, 4 * minute])).toEqual([]);
    expect(said([updated, 6 * minute])).toEqual(['1 e-1/unconfirmed']);
  });

  it('is corrected by a late commit: what was said is taken back', () => {
    expect(said([updated, 6 * minute, committed])).toEqual([
      '1 e-1/unconfirmed',
      '-1 e-1/unconfirmed/taken-back',
      '1 e-1/confirmed',
    ]);
  });

  it('says nothing of a commit whose change was never seen', () => {
    const { derived, states } = play(openzitiChanges, [committed, 6 * minute]);
    expect(derived).toEqual([]);
    expect(states).toBe(0);
  });

  it('comes out the same in any order, also when its halves come twice', () => {
    const [expected] = play(openzitiChanges, [updated, committed]).derived;
    const anyOrder = fc.shuffledSubarray([updated, committed, updated, committed], { minLength: 4 });
    fc.assert(
      fc.property(anyOrder, (happenings) => {
        expect(play(openzitiChanges, happenings).derived).toEqual([expected]);
      }),
    );
    expect(standing(play(openzitiChanges, [updated, 6 * minute, committed]).derived)).toEqual([expected]);
  });

  it('leaves no state behind for ever', () => {
    expect(play(openzitiChanges, [updated, committed, 6 * minute]).states).toBe(0);
    expect(play(openzitiChanges, [updated, 2 * 86_400 * second]).states).toBe(0);
  });

  it('teaches the name of a service only when it is confirmed', () => {
    expect(play(openzitiChanges, [updated]).learned).toEqual([]);
    expect(play(openzitiChanges, [updated, committed]).learned).toEqual(['service svc-1 is ledger-db']);
  });

  it('takes created and deleted entities whole', () => {
    const created = { ...updated, eventType: 'created', initialState: null };
    const deleted = { ...updated, eventType: 'deleted', finalState: null };
    expect(play(openzitiChanges, [created, committed]).derived[0]).toMatchObject({
      change: 'created',
      entityName: 'ledger-db',
      changes: expect.arrayContaining([{ field: 'name', to: 'ledger-db' }]),
    });
    const { derived, learned } = play(openzitiChanges, [deleted, committed]);
    expect(derived[0]).toMatchObject({ change: 'deleted', entityName: 'ledger' });
    expect(learned).toEqual([]);
  });

  it('stands whatever the record holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(updated)), fc.jsonValue()), (strange) => {
        play(openzitiChanges, [{ ...updated, ...(strange as GatewayRecord) }, committed]);
      }),
    );
  });
});
