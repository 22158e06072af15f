/** `/api/quarantine`: records that could not become events: why, what they are, and sending them again. */
import Type, { type Static } from 'typebox';
import { ApiError } from '../access/api-error.ts';
import type { GuardedRoute, Principal } from '../access/route.ts';
import type { Quarantine, QuarantineEntry } from '../ingest/quarantine.ts';
import { parametersOf } from './parameters.ts';
import { type Replay, ReplayCounts, ReplayOutcome } from './replay.ts';

const time = Type.String({ description: 'RFC 3339.' });
const Reason = Type.Object({
  reason: Type.String(),
  count: Type.Integer({ description: 'Records quarantined for it, those that are no longer kept too.' }),
  kept: Type.Integer({ description: 'Of them, those that are still here.' }),
  replayed: Type.Integer({ description: 'Of them, those that were sent again.' }),
  first: time,
  last: time,
});
const Entry = Type.Object({
  id: Type.String(),
  reason: Type.String(),
  received: time,
  receiver: Type.String(),
  sender: Type.String(),
  path: Type.String({ description: 'Field or place at fault, or empty.' }),
  detail: Type.String({ description: 'What is wrong with it.' }),
  vocabulary: Type.Optional(Type.String()),
  replayed: Type.Optional(Type.String({ description: 'What came of it when it was sent again.' })),
});
const WholeEntry = Type.Object({
  ...Entry.properties,
  body: Type.Optional(Type.String({ description: 'The record, secrets redacted.' })),
  bodyBase64: Type.Optional(Type.String({ description: 'Instead of body, when it is not valid UTF-8.' })),
});

const ListParameters = parametersOf({
  reason: Type.Optional(Type.String({ description: 'Only those quarantined for it.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: '100 by default.' })),
  cursor: Type.Optional(Type.String({ description: '`next` of the page before.' })),
});
const Named = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) });
const Edited = Type.Object(
  {
    body: Type.Optional(Type.String({ description: 'The record to send instead; without it the one kept.' })),
  },
  { additionalProperties: false },
);
const ByReason = Type.Object(
  {
    reason: Type.String({ minLength: 1 }),
    from: Type.Optional(Type.String({ description: '`next` of the call before.' })),
  },
  { additionalProperties: false },
);

const rfc3339 = (micros: number): string => new Date(micros / 1000).toISOString();

const apiEntry = ({
  id,
  reason,
  received,
  receiver,
  sender,
  problem,
  vocabulary,
  replayed,
}: QuarantineEntry) => ({
  id,
  reason,
  received: rfc3339(received),
  receiver,
  sender,
  path: problem.path,
  detail: problem.reason,
  ...(vocabulary === undefined ? {} : { vocabulary }),
  ...(replayed === undefined ? {} : { replayed }),
});

const missing = (id: string) =>
  new ApiError(
    404,
    'Not in quarantine',
    `There is no record ${id}. GET /api/quarantine lists what there is.`,
  );
const senderOf = ({ name }: Principal): string => `replay by ${name}`;

type QuarantineReader = Pick<Quarantine, 'summary' | 'list' | 'get'>;

export function quarantineRoutes(quarantine: QuarantineReader, replay: Replay): GuardedRoute[] {
  const readingRoutes: GuardedRoute[] = [
    {
      method: 'GET',
      url: '/api/quarantine',
      doc: 'What is in quarantine: counts by reason, and the records, newest first.',
      tag: 'quarantine',
      access: { scope: 'read' },
      schema: {
        querystring: ListParameters,
        response: {
          200: Type.Object({
            reasons: Type.Array(Reason),
            entries: Type.Array(Entry),
            next: Type.Union([Type.String(), Type.Null()]),
          }),
        },
      },
      async handle({ principal: { tenant }, request }) {
        const { reason, limit = 100, cursor } = request.query as Static<typeof ListParameters>;
        const page = await quarantine.list(tenant, {
          limit,
          ...(reason === undefined ? {} : { reason }),
          ...(cursor === undefined ? {} : { cursor }),
        });
        const reasons = quarantine
          .summary(tenant)
          .map((one) => ({ ...one, first: rfc3339(one.first), last: rfc3339(one.last) }));
        return { reasons, entries: page.entries.map(apiEntry), next: page.next };
      },
    },
    {
      method: 'GET',
      url: '/api/quarantine/:id',
      doc: 'One record in quarantine, as it was received, secrets redacted.',
      tag: 'quarantine',
      access: { scope: 'read:raw' },
      schema: { params: Named, querystring: parametersOf({}), response: { 200: WholeEntry } },
      async handle({ principal: { tenant }, request }) {
        const { id } = request.params as Static<typeof Named>;
        const entry = await quarantine.get(tenant, id);
        if (entry === undefined) throw missing(id);
        const text = entry.bytes.toString('utf8');
        const valid = Buffer.from(text).equals(entry.bytes);
        return {
          ...apiEntry(entry),
          ...(valid ? { body: text } : { bodyBase64: entry.bytes.toString('base64') }),
        };
      },
    },
  ];
  const replayingRoutes: GuardedRoute[] = [
    {
      method: 'POST',
      url: '/api/quarantine/:id/replay',
      doc: 'Send one record again, as it is or edited.',
      tag: 'quarantine',
      access: { scope: 'admin' },
      schema: {
        params: Named,
        querystring: parametersOf({}),
        body: Edited,
        response: { 200: ReplayOutcome },
      },
      async handle({ principal, request }) {
        const { id } = request.params as Static<typeof Named>;
        const { body } = request.body as Static<typeof Edited>;
        const outcome = await replay.one(principal.tenant, id, senderOf(principal), body);
        if (outcome === undefined) throw missing(id);
        return outcome;
      },
    },
    {
      method: 'POST',
      url: '/api/quarantine/replay',
      doc: 'Send again what was quarantined for one reason, oldest first, 1 000 records a call.',
      tag: 'quarantine',
      access: { scope: 'admin' },
      schema: {
        querystring: parametersOf({}),
        body: ByReason,
        response: {
          200: ReplayCounts,
        },
      },
      handle({ principal, request }) {
        const { reason, from } = request.body as Static<typeof ByReason>;
        return replay.all(principal.tenant, reason, senderOf(principal), from);
      },
    },
  ];
  return [...readingRoutes, ...replayingRoutes];
}
