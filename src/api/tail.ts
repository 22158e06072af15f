/**
 * `GET /api/tail`: events as they are journalled, over server-sent events.
 *
 * Each reader has its own subscription to the journal and its own bounded buffer. A reader that resumes is sent what
 * it missed at its own pace; one that is slow on live events loses them with a count, and slows nobody.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import type { Authenticate } from '../access/authenticate.ts';
import type { GuardedRoute } from '../access/route.ts';
import type { Event, StoredEvent } from '../core/event.ts';
import type { ApiEvent } from '../core/frame.ts';
import type { Journal } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Fields } from '../query/fields.ts';
import { allowedStill, seesPersonal } from './admission.ts';
import { eventsOf } from './batch-events.ts';
import { compileFilter } from './compile-filter.ts';
import { type EventStream, type EventStreamOptions, openEventStream } from './event-stream.ts';
import { parametersOf } from './parameters.ts';
import { refuseQuery } from './query-problems.ts';
import { createSampling } from './sampling.ts';

export interface TailParts {
  readonly journal: Pick<Journal, 'subscribe' | 'end' | 'oldest'>;
  readonly fields: Fields;
  /** An event as the API gives it, without `raw`. */
  readonly write: (event: StoredEvent, options: { readonly unmasked: boolean }) => ApiEvent;
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly log: Log;
  readonly closing: AbortSignal;
  /** For tests: other intervals and bounds of the stream. */
  readonly stream?: Partial<EventStreamOptions>;
}

const Parameters = parametersOf({
  filter: Type.Optional(
    Type.String({ maxLength: 10_000, description: 'In the filter language; without it every event.' }),
  ),
  rate: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description:
        'Events a second at most, 500 by default; beyond it a share is shown and `sampled` says which.',
    }),
  ),
});

// Between two breaths of the event loop, in events looked at.
const stride = 1_000;

const lastEventId = (header: string | string[] | undefined): number | undefined => {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

interface Reader {
  readonly stream: EventStream;
  readonly tenant: string;
  readonly matches: (event: Event) => boolean;
  readonly write: (event: StoredEvent) => ApiEvent;
  /** Last position that the reader has, when it resumes. */
  readonly last: number | undefined;
  readonly rate: number;
}

/** Sends to `stream` what it has room for and counts the rest. */
function createLiveLane({ stream, write, rate }: Reader, clock: Clock): (event: StoredEvent) => void {
  const sampling = createSampling(rate, clock);
  let announced = 1;
  let skipped = 0;
  const confess = () => {
    if (skipped > 0) stream.send('skipped', { n: skipped });
    skipped = 0;
  };
  return (event) => {
    const keep = sampling.keep();
    if (!stream.room) {
      if (skipped === 0) void stream.whenRoom().then(confess);
      skipped += 1;
      return;
    }
    if (sampling.rate !== announced) {
      announced = sampling.rate;
      stream.send('sampled', { rate: announced });
    }
    if (keep) stream.send('event', write(event), event.position);
  };
}

async function follow(reader: Reader, { journal, clock }: TailParts): Promise<void> {
  const { stream, tenant, matches, write, last } = reader;
  // What is journalled from here on is live; what lies before is owed to a reader that resumes.
  const live = journal.end;
  const from = last === undefined ? live : Math.min(last + 1, live);
  if (from < journal.oldest) {
    const reason = 'The events in between have left the journal. Ask GET /api/events for them.';
    stream.send('skipped', { n: null, reason });
  }
  const offer = createLiveLane(reader, clock);
  let looked = 0;
  for await (const batch of journal.subscribe({ tenant }, from, stream.over)) {
    let position = batch.first - 1;
    for (const event of eventsOf(batch)) {
      position += 1;
      looked += 1;
      if (looked % stride === 0) await breathe();
      if (stream.over.aborted) return;
      if (position < from || !matches(event)) continue;
      const stored = { ...event, position };
      if (position >= live) {
        offer(stored);
        continue;
      }
      await stream.whenRoom();
      stream.send('event', write(stored), position);
    }
  }
}

export const tailRoute = (parts: TailParts): GuardedRoute => ({
  method: 'GET',
  url: '/api/tail',
  doc:
    'Events as they arrive, as server-sent events: `event` (its id is the position, Last-Event-ID resumes within the ' +
    'journal), `skipped` {n}, `sampled` {rate}, `error`. A comment every 15 seconds.',
  tag: 'events',
  access: { scope: 'read' },
  produces: 'text/event-stream',
  schema: { querystring: Parameters },
  async handle({ principal, request, reply }) {
    const { filter = '', rate = 500 } = request.query as Static<typeof Parameters>;
    const unmasked = seesPersonal(principal);
    const compiled = compileFilter(filter, { fields: parts.fields, now: parts.clock(), unmasked });
    if (!compiled.ok) throw refuseQuery(compiled.error);
    const stream = openEventStream(reply, {
      closing: parts.closing,
      allowed: () => allowedStill(parts.authenticate, request, principal),
      ...parts.stream,
    });
    const reader: Reader = {
      stream,
      tenant: principal.tenant,
      matches: compiled.value,
      write: (event) => parts.write(event, { unmasked }),
      last: lastEventId(request.headers['last-event-id']),
      rate,
    };
    follow(reader, parts)
      .catch((error: unknown) => {
        parts.log.error('tail failed', { request: request.id, why: String(error) });
        stream.send('error', {
          status: 500,
          detail: `Reading the journal failed; the log says more under ${request.id}.`,
        });
      })
      .finally(stream.end);
    return stream.body;
  },
});
