/**
 * Who acted, and on what, in audit and alert events. The shapes vary: a profile, a user with its e-mail beside it, a
 * whole API key where a user is expected, `--`, an empty object.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { object, text } from '../fields.ts';
import { isAddress, objectOf, textOf } from '../reading.ts';

/** Members of a profile; an API key stands in its place when a key acted. */
export const userMembers = {
  name: text('Name.', { personal: true }),
  email: text('E-mail address.', { personal: true }),
};
export const keyMembers = {
  clientId: text('Id of the key.', { personal: true }),
  clientName: text('Name of the key.', { personal: true }),
  clientSecret: text('Secret of the key.', { secret: true }),
  rotation: object('Rotation of the secret.', {
    nextSecret: text('The secret to come.', { secret: true }),
  }),
};
/** Fields beside `user` where a person acted in the UI. */
export const userFields = {
  userName: text('Name of the user.', { personal: true }),
  userEmail: text('E-mail address of the user.', { personal: true }),
  userRandomId: text('Id of the user’s session.', { secret: true }),
};

export interface Actor {
  readonly user: string | undefined;
  readonly consumer: string | undefined;
  readonly consumerId: string | undefined;
  readonly identityType: string | undefined;
}

const asKey = (value: unknown): GatewayRecord | undefined =>
  typeof objectOf(value).clientId === 'string' ? objectOf(value) : undefined;

/** The person and the API key of a record; `user` or `identity` may be either. */
export function actorOf(record: GatewayRecord): Actor {
  const profile = objectOf(record.user ?? record.identity);
  const key = asKey(record.apiKey) ?? asKey(record.apikey) ?? asKey(profile);
  const user =
    textOf(record.userEmail) ??
    textOf(profile.email) ??
    textOf(record.userName) ??
    (key === profile ? undefined : textOf(profile.name)) ??
    textOf(record.user);
  const consumerId = textOf(key?.clientId);
  return {
    user,
    consumer: textOf(key?.clientName) ?? consumerId,
    consumerId,
    identityType: key !== undefined ? 'APIKEY' : user !== undefined ? 'USER' : undefined,
  };
}

/** The address of `from`, which is a name for calls that come from Otoroshi itself. */
export function callerOf(from: unknown): string | undefined {
  const text = textOf(from);
  return isAddress(text) ? text : undefined;
}

/** More members than an id and its companions have: a whole entity without an id of its own. */
const mostIds = 4;

/**
 * The id of the entity: `id`, or a key's `clientId`, or the member whose name ends in `Id` (`RouteId`, `ApiKeyId`,
 * `serviceGroupId`), or the `username` of an administrator. A list of JSON patch operations names none, and the id of a
 * session is a secret.
 */
export function entityIdOf(metadata: unknown): string | undefined {
  const entity = objectOf(metadata);
  const id = textOf(entity.id) ?? textOf(entity.clientId);
  if (id !== undefined) return id;
  let members = 0;
  let found: string | undefined;
  for (const name in entity) {
    members += 1;
    if (members > mostIds) return undefined;
    const isName = (name.endsWith('Id') && name !== 'sessionId') || name === 'username';
    if (isName) found ??= textOf(entity[name]);
  }
  return found;
}
