/**
 * Who acted, and on what, in audit and alert events. The shapes vary: a profile, a user with its e-mail beside it, a
 * whole API key where a user is expected, `--`, an empty object.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { isAddress, objectOf, textOf } from '../reading.ts';

export interface Actor {
  readonly user: string | undefined;
  readonly consumer: string | undefined;
  readonly consumerId: string | undefined;
  readonly identityType: string | undefined;
}

const asKey = (value: unknown): GatewayRecord | undefined =>
  typeof objectOf(value).clientId === 'string' ? objectOf(value) : undefined;

/** The person and the API key of a record; `user` may itself be a key. */
export function actorOf(record: GatewayRecord): Actor {
  const profile = objectOf(record.user);
  const key = asKey(record.apiKey) ?? asKey(record.apikey) ?? asKey(record.user) ?? asKey(record.identity);
  const user =
    textOf(record.userEmail) ??
    textOf(profile.email) ??
    textOf(record.userName) ??
    (key === profile ? undefined : textOf(profile.name)) ??
    textOf(record.user);
  return {
    user,
    consumer: textOf(key?.clientName) ?? textOf(key?.clientId),
    consumerId: textOf(key?.clientId),
    identityType: key !== undefined ? 'APIKEY' : user !== undefined ? 'USER' : undefined,
  };
}

/** The address of `from`, which is a name for calls that come from Otoroshi itself. */
export function callerOf(from: unknown): string | undefined {
  const text = textOf(from);
  return isAddress(text) ? text : undefined;
}

const verbs =
  /^(?:BULK_(?:CREATE|UPDATE|PATCH|DELETED)|(?:ACCESS|READ|COUNT|DELETE)_ALL|ACCESS|READ|CREATED?|UPDATED?|PATCHED|DELETED?|STARTED|STOPPED|RESET|DISCARD)_(.+)$/;

/** The kind of entity in an action such as CREATE_ROUTE, in lower case. */
export const entityTypeOf = (action: string | undefined): string | undefined =>
  verbs.exec(action ?? '')?.[1]?.toLowerCase();

/**
 * The id of the entity: `id`, or a key's `clientId`, or the one member whose name ends in `Id` (`RouteId`, `ApiKeyId`,
 * `serviceGroupId`). A list of JSON patch operations names none.
 */
export function entityIdOf(metadata: unknown): string | undefined {
  const entity = objectOf(metadata);
  const id = textOf(entity.id) ?? textOf(entity.clientId);
  if (id !== undefined) return id;
  for (const name in entity) if (name.endsWith('Id')) return textOf(entity[name]);
  return undefined;
}
