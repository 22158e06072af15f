/** The OpenZiti network of the sample traffic: who dials, who hosts, over which routers; and the form of its events. */
import { shortOf } from '../ids.ts';
import { type Consumer, consumers, people, services } from '../world.ts';

const controller = 'ctrl-paris';
export const routers = ['edge-paris', 'edge-berlin', 'core-1'] as const;
export const routerOf = (node: number): string => routers[node % routers.length] as string;

const hosts = ['shop-cluster', 'finance-cluster'];
/** The identity that hosts a service. */
export const hostOf = (service: string): string =>
  hosts[/^(payments|reports|partners)/.test(service) ? 1 : 0] as string;
export const terminatorOf = (service: string): string => shortOf(`terminator of ${service}`);

/** The identity of a consumer: partners share a few tunnels. */
export const dialling = ({ name }: Consumer): string =>
  name.startsWith('partner-') ? `partner-tunnel-${1 + (Number(name.slice(8)) % 6)}` : name;

/** Every entity that has a name, with its kind. */
export const entities: readonly (readonly [entityType: string, name: string])[] = [
  ...routers.map((name) => ['routers', name] as const),
  ...[...hosts, ...new Set(consumers.map(dialling))].map((name) => ['identities', name] as const),
  ...services.map((name) => ['services', name] as const),
];

/** One event of the controller; `time` in milliseconds. */
export const event = (namespace: string, time: number, fields: object): string =>
  JSON.stringify({
    namespace,
    event_src_id: controller,
    timestamp: new Date(time).toISOString().replace('Z', '118204Z'),
    ...fields,
  });

export interface Change {
  readonly eventId: string;
  readonly time: number;
  readonly done: 'created' | 'updated' | 'deleted';
  /** Name of the administrator. */
  readonly author: string;
  readonly entityType: string;
  readonly before?: object;
  readonly after?: object;
}

/** A change in its two phases; one that was refused has the first only. */
export function changed(change: Change, isCommitted = true): readonly string[] {
  const { eventId, time, done, author, entityType, before, after } = change;
  const first = event('entityChange', time, {
    eventId,
    eventType: done,
    metadata: {
      author: { type: 'identity', id: shortOf(author), name: author },
      source: {
        type: 'rest',
        auth: 'edge',
        localAddr: 'ctrl-paris.shop.example:1280',
        remoteAddr: '198.51.100.7:50110',
        method: { created: 'POST', updated: 'PATCH', deleted: 'DELETE' }[done],
      },
      version: 'v1.7.2',
    },
    entityType,
    isParentEvent: false,
    initialState: before ?? null,
    finalState: after ?? null,
  });
  const second = event('entityChange', time + 3, { eventId, eventType: 'committed' });
  return isCommitted ? [first, second] : [first];
}

/** The state of an entity, as a change shows it. */
export const stateOf = (name: string, roleAttributes: readonly string[], time: number) => ({
  id: shortOf(name),
  createdAt: '2026-03-02T08:00:00Z',
  updatedAt: new Date(time).toISOString(),
  tags: {},
  isSystem: false,
  name,
  roleAttributes,
});
export const administrators = people.slice(0, 3);
