/** Events: a page of them, one of them, and where the nearest ones are. */
import Type, { type Static } from 'typebox';
import { ApiError } from '../access/api-error.ts';
import type { GuardedRoute } from '../access/route.ts';
import { EventsPage } from '../core/frame.ts';
import type { Reader } from '../store/read.ts';
import { EventJson, WholeEventJson } from './event-schema.ts';
import { parametersOf } from './parameters.ts';
import { answerOrRefuse } from './query-problems.ts';
import { sightOf } from './sight.ts';

const Moment = (description: string) =>
  Type.Optional(
    Type.String({ maxLength: 64, description: `${description} RFC 3339, epoch milliseconds, or now-24h.` }),
  );
const Filter = Type.Optional(Type.String({ maxLength: 10_000, description: 'In the filter language.' }));

const PageParameters = parametersOf({
  filter: Filter,
  from: Moment('Inclusive; 24 hours ago by default.'),
  to: Moment('Exclusive; now by default.'),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000, description: '100 by default.' })),
  order: Type.Optional(Type.Enum(['newest', 'oldest'], { description: 'Newest first by default.' })),
  cursor: Type.Optional(
    Type.String({ maxLength: 20_000, description: '`next` of the page before, with the same filter.' }),
  ),
  columns: Type.Optional(
    Type.String({
      maxLength: 2_000,
      description: 'Only these, with commas between, beside id, time and position.',
    }),
  ),
  total: Type.Optional(Type.Boolean({ description: 'Also count all events of the range.' })),
});
const NearestParameters = parametersOf({
  filter: Filter,
  from: Moment('Where to look from; now by default.'),
});
const OneParameters = parametersOf({
  type: Type.Optional(
    Type.String({ maxLength: 200, description: 'Which one, where several types share the id.' }),
  ),
});
const Id = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 512, description: 'Percent-encoded.' }),
});
const longestId = 512;

const Page = Type.Object({ ...EventsPage.properties, events: Type.Array(EventJson) });

type EventsReader = Pick<Reader, 'events' | 'event' | 'nearest'>;

const pageRoute = (reader: EventsReader): GuardedRoute => ({
  method: 'GET',
  url: '/api/events',
  doc: 'Events in the order of (time, position), newest first. Later pages show nothing newer than the first.',
  tag: 'events',
  access: { scope: 'read' },
  schema: { querystring: PageParameters, response: { 200: Page } },
  async handle({ principal, request, reply }) {
    const { tenant: _, columns, ...range } = request.query as Static<typeof PageParameters>;
    const asked = { ...range, ...(columns === undefined ? {} : { columns: columns.split(',') }) };
    return answerOrRefuse(await reader.events(principal.tenant, asked, sightOf(principal, reply)));
  },
});

const oneRoute = (reader: EventsReader): GuardedRoute => ({
  method: 'GET',
  url: '/api/events/:id',
  doc: 'One event by its id, with `raw` for those who may see it. 409 lists the types when several share the id.',
  tag: 'events',
  access: { scope: 'read' },
  schema: { params: Id, querystring: OneParameters, response: { 200: WholeEventJson } },
  async handle({ principal, request, reply }) {
    const { id } = request.params as Static<typeof Id>;
    const { type } = request.query as Static<typeof OneParameters>;
    if (Buffer.byteLength(id) > longestId) {
      throw new ApiError(400, 'Invalid request', `An id has at most ${longestId} bytes.`);
    }
    const sight = sightOf(principal, reply);
    const asked = { raw: sight.unmasked, ...(type === undefined ? {} : { type }) };
    const found = answerOrRefuse(await reader.event(principal.tenant, id, asked, sight));
    switch (found.kind) {
      case 'found':
        return found.event;
      case 'missing':
        throw new ApiError(
          404,
          'No such event',
          'No event has this id. It may be stored in a moment, have left the store, or belong to another tenant.',
        );
      case 'several':
        throw new ApiError(409, 'Several events', 'Several types share this id. Name one with ?type=', {
          errors: found.types.map((name) => ({ path: 'type', reason: name })),
        });
    }
  },
});

const nearestRoute = (reader: EventsReader): GuardedRoute => ({
  method: 'GET',
  url: '/api/nearest',
  doc: 'The time nearest to `from` that has events of the filter: where to look when a range is empty.',
  tag: 'events',
  access: { scope: 'read' },
  schema: {
    querystring: NearestParameters,
    response: { 200: Type.Object({ time: Type.Union([Type.String(), Type.Null()]) }) },
  },
  async handle({ principal, request, reply }) {
    const { tenant: _, ...asked } = request.query as Static<typeof NearestParameters>;
    const time = await reader.nearest(principal.tenant, asked, sightOf(principal, reply));
    return { time: answerOrRefuse(time) };
  },
});

export const eventsRoutes = (reader: EventsReader): GuardedRoute[] => [
  pageRoute(reader),
  oneRoute(reader),
  nearestRoute(reader),
];
