/** `GET /api/senders`: where is my event? For each sender the last received, duplicate and quarantined record. */
import Type, { type Static } from 'typebox';
import type { GuardedRoute } from '../access/route.ts';
import { parametersOf } from './parameters.ts';

const time = Type.String({ description: 'RFC 3339.' });
const Counted = Type.Object({
  count: Type.Integer({ description: 'Since this server started.' }),
  last: Type.Optional(time),
});

export const ApiSender = Type.Object({
  sender: Type.String({ description: 'Name of the token and address, or path of the file.' }),
  receiver: Type.String(),
  received: Type.Object({ ...Counted.properties, id: Type.Optional(Type.String()) }),
  duplicates: Type.Object({ ...Counted.properties, id: Type.Optional(Type.String()) }),
  quarantined: Type.Object({ ...Counted.properties, reason: Type.Optional(Type.String()) }),
});
export type ApiSender = Static<typeof ApiSender>;

/** `sendersOf` lists the senders of one tenant, those heard last first. */
export const sendersRoute = (sendersOf: (tenant: string) => readonly ApiSender[]): GuardedRoute => ({
  method: 'GET',
  url: '/api/senders',
  doc: 'Who sends events, and the last received, duplicate and quarantined record of each.',
  tag: 'ingest',
  access: { scope: 'read' },
  schema: {
    querystring: parametersOf({}),
    response: { 200: Type.Object({ senders: Type.Array(ApiSender) }) },
  },
  handle: async ({ principal }) => ({ senders: sendersOf(principal.tenant) }),
});
