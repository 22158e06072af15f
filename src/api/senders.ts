/** `GET /api/senders`: where is my event? For each sender the last received, duplicate and quarantined record. */
import Type, { type Static } from 'typebox';
import type { GuardedRoute } from '../access/route.ts';
import type { LastSeen, SenderState, Senders } from '../ingest/senders.ts';
import { parametersOf } from './parameters.ts';

const counted = {
  count: Type.Integer({ description: 'Since this server started.' }),
  last: Type.Optional(Type.String({ description: 'RFC 3339.' })),
};

export const ApiSender = Type.Object({
  sender: Type.String({ description: 'Name of the token and address, or path of the file.' }),
  receiver: Type.String(),
  lastSeen: Type.String({ description: 'RFC 3339.' }),
  received: Type.Object({
    ...counted,
    id: Type.Optional(Type.String({ description: 'Of the last event that was accepted.' })),
  }),
  pastRetention: Type.Integer({
    description:
      'Of the received, events that were past their retention class on arrival. Since this server started.',
  }),
  duplicates: Type.Object({ ...counted, id: Type.Optional(Type.String()) }),
  quarantined: Type.Object({
    ...counted,
    id: Type.Optional(Type.String({ description: 'Of the entry in quarantine.' })),
    reason: Type.Optional(Type.String()),
    detail: Type.Optional(Type.String()),
  }),
});
export type ApiSender = Static<typeof ApiSender>;

const rfc3339 = (micros: number): string => new Date(micros / 1000).toISOString();
const seen = (last: LastSeen | undefined) =>
  last === undefined ? {} : { last: rfc3339(last.time), id: last.id };

const apiSender = (state: SenderState): ApiSender => {
  const { lastQuarantined: held } = state;
  return {
    sender: state.sender,
    receiver: state.receiver,
    lastSeen: rfc3339(state.lastSeen),
    received: { count: state.received, ...seen(state.lastAccepted) },
    pastRetention: state.pastRetention,
    duplicates: { count: state.duplicates, ...seen(state.lastDuplicate) },
    quarantined: {
      count: state.quarantined,
      ...seen(held),
      ...(held === undefined ? {} : { reason: held.reason, detail: held.problem.reason }),
    },
  };
};

/** Senders of the tenant, those heard last first. */
export const sendersRoute = (senders: Pick<Senders, 'list'>): GuardedRoute => ({
  method: 'GET',
  url: '/api/senders',
  doc: 'Who sends events, and the last received, duplicate and quarantined record of each.',
  tag: 'ingest',
  access: { scope: 'read' },
  schema: {
    querystring: parametersOf({}),
    response: { 200: Type.Object({ senders: Type.Array(ApiSender) }) },
  },
  handle: async ({ principal }) => ({ senders: senders.list(principal.tenant).map(apiSender) }),
});
