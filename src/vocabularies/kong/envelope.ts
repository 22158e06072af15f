/**
 * What Kong's two kinds of records share (Kong documentation, `kong.log.serialize`): the entities that took part and the
 * attempts to reach the upstream.
 *
 * Kong writes an empty list as `{}`, and members that custom fields of a log plugin add may be anything.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { list, number, object, text, time } from '../fields.ts';
import { listOf, objectOf, textOf, textsOf } from '../reading.ts';
import { microsFromMillis } from '../times.ts';

export const tls = object('The TLS connection of the caller; absent without TLS.', {
  version: text('Such as TLSv1.3.', { attribute: true }),
  cipher: text('Cipher suite.', { attribute: true }),
  client_verify: text('What became of the caller’s certificate: SUCCESS, FAILED with a reason, or NONE.', {
    attribute: true,
  }),
});

/** Fields of both kinds. */
export const envelope = {
  started_at: time('When the request or connection began, in milliseconds since 1970.'),
  client_ip: text('Address of the peer.', { personal: true }),
  service: object('The whole service; absent where no route matched.', {
    id: text('Its id.'),
    name: text('Its name.'),
    host: text('Its host, which stands for the name where it has none.'),
  }),
  route: object('The whole route; absent where none matched.', {
    id: text('Its id.'),
    name: text('Its name.'),
  }),
  consumer: object('The consumer that was authenticated.', {
    id: text('Its id.', { personal: true }),
    username: text('Its name.', { personal: true }),
    custom_id: text('Its id in another system.', { personal: true, attribute: true }),
  }),
  authenticated_entity: object('The credential that was used.', {
    id: text('Its id.', { attribute: true }),
    consumer_id: text('Id of the consumer it belongs to.', { personal: true }),
  }),
  consumer_groups: list(
    'Groups of the consumer, where a custom field of the log plugin gives them: names, entities, or one text with commas.',
  ),
  authenticated_groups: list('Groups that an identity provider gave, by a custom field too.'),
  tries: list('Attempts to reach the upstream; empty where none was made.', {
    members: {
      ip: text('Address of each attempt, parted by commas.', { attribute: true }),
      port: number('Port of an attempt.'),
      state: text('How an attempt failed: next or failed; absent for the last.'),
      code: number('HTTP status by which an attempt failed.'),
      balancer_start: time('Start of an attempt, in milliseconds since 1970.'),
      balancer_latency: number('Time to choose the target.', { unit: 'ms' }),
    },
  }),
  workspace: text('Id of the workspace.', { attribute: true }),
  workspace_name: text('Name of the workspace.', { attribute: true }),
};

/** Names in a list of texts or of entities with a name, or in one text parted by commas. */
export function groupsOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return textsOf(value.split(',').map((name) => name.trim()));
  return textsOf(listOf(value).map((group) => (typeof group === 'string' ? group : objectOf(group).name)));
}

/** Addresses of the attempts; undefined when there was none. */
export function triedAddresses(tries: readonly unknown[]): string | undefined {
  let addresses: string | undefined;
  for (const attempt of tries) {
    const address = textOf(objectOf(attempt).ip) ?? '-';
    addresses = addresses === undefined ? address : `${addresses}, ${address}`;
  }
  return addresses;
}

/** Columns of both kinds. */
export function envelopeColumns(record: GatewayRecord) {
  const service = objectOf(record.service);
  const route = objectOf(record.route);
  const consumer = objectOf(record.consumer);
  const consumerId = textOf(consumer.id) ?? textOf(objectOf(record.authenticated_entity).consumer_id);
  return {
    time: microsFromMillis(record.started_at),
    service: textOf(service.name) ?? textOf(service.host),
    serviceId: textOf(service.id),
    route: textOf(route.name) ?? textOf(route.id),
    consumer: textOf(consumer.username) ?? textOf(consumer.custom_id) ?? consumerId,
    consumerId,
    consumerGroups: groupsOf(record.consumer_groups) ?? groupsOf(record.authenticated_groups),
    clientIp: textOf(record.client_ip),
  };
}
