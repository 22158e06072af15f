/** The folds over the vocabulary of OpenZiti as it is: what they read is what its event types make. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import { circuit } from '../vocabularies/openziti/circuit.ts';
import { entityChange } from '../vocabularies/openziti/entity-change.ts';
import { usage } from '../vocabularies/openziti/usage.ts';
import { openTestFolding, type TestFolding } from './folding.fixture.ts';
import { folds } from './index.gen.ts';
import { minute } from './play.fixture.ts';

let folding: TestFolding;
beforeEach(async () => {
  folding = await openTestFolding({ folds });
});
afterEach(() => folding.close());

const told = async (...records: readonly GatewayRecord[]) => {
  await folding.send(records);
  await folding.deliver();
  folding.wait(10 * minute);
  await folding.deliver();
  await folding.tick();
  return folding.derived();
};
const service = String(circuit.example.service_id);
const { clientId, hostId } = circuit.example.tags as { readonly clientId: string; readonly hostId: string };
const { event_src_id } = entityChange.example;
const named = (entityType: string, id: string, name: string): readonly GatewayRecord[] => {
  const eventId = `of-${id}`;
  const created = { eventType: 'created', initialState: null, finalState: { id, name } };
  return [
    { ...entityChange.example, eventId, entityType, ...created },
    { namespace: 'entityChange', event_src_id, eventId, eventType: 'committed' },
  ];
};
const names = [
  ...named('services', service, 'billing-db'),
  ...named('identities', clientId, 'till-17'),
  ...named('identities', hostId, 'db-host'),
];

it('makes a connection of a circuit, by the names that changes have given', async () => {
  const events = await told(...names, circuit.example);
  expect(events.find(({ type }) => type === 'connection')).toMatchObject({
    family: 'network',
    action: 'closed',
    outcome: 'success',
    service: 'billing-db',
    serviceId: service,
    consumer: 'till-17',
    consumerId: clientId,
    clientIp: '203.0.113.24',
    duration: 48_211_300,
    attempts: 1,
    attributes: { hostName: 'db-host', hostId, linkCount: '1', routerIds: 'Edge4kTqZ, Core7mXwB' },
  });
});

it('tells a failure with cause and origin, and a refusal as denied', async () => {
  const failed = { ...circuit.example, event_type: 'failed', duration: undefined };
  const events = await told(
    { ...failed, failure_cause: 'NO_ONLINE_TERMINATORS' },
    { ...failed, circuit_id: 'other', failure_cause: 'ROUTER_ERR_PORT_NOT_ALLOWED' },
  );
  expect(events).toMatchObject([
    { action: 'failed', outcome: 'failure', errorOrigin: 'upstream', error: 'NO_ONLINE_TERMINATORS' },
    { action: 'failed', outcome: 'denied', denialReason: 'routeNotAllowed', granted: false },
  ]);
});

it('adds up the usage of both versions and spellings once', async () => {
  const two = (namespace: string, kind: string, bytes: number) => ({
    ...usage.example,
    namespace,
    version: 2,
    event_type: `usage.${kind}`,
    usage: bytes,
  });
  const events = await told(
    usage.example,
    two('usage', 'ingress.rx', 18_452),
    two('fabric.usage', 'egress.rx', 990_211),
    two('usage', 'fabric.tx', 2_000_000),
  );
  expect(events.map(({ type, bytesIn, bytesOut }) => [type, bytesIn, bytesOut])).toEqual([
    ['transfer', 18_452, 990_211],
  ]);
});

it('takes the spelling of either generation', async () => {
  const events = await told({ ...circuit.example, namespace: 'fabric.circuits' });
  expect(events).toMatchObject([{ type: 'connection', action: 'closed' }]);
});

it('stores under another name what pretends to be derived', async () => {
  await folding.send([{ namespace: 'connection', event_src_id: 'ctrl-evil', event_type: 'closed' }]);
  expect(await folding.events()).toMatchObject([{ vocabulary: 'openziti', type: 'event' }]);
});
