/**
 * `GET /api/tail`: events as they are journalled, over server-sent events.
 *
 * Each reader has its own subscription to the journal and its own bounded buffer: the journal is its queue, so it
 * slows nobody. A reader that resumes is sent what it missed at its own pace; one that falls far behind live events
 * loses some, and is told how many.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import { seesInstallation } from '../access/allows.ts';
import type { Authenticate } from '../access/authenticate.ts';
import type { GuardedRoute, Principal } from '../access/route.ts';
import type { Seal } from '../access/seal.ts';
import type { Event, StoredEvent } from '../core/event.ts';
import { faultOf } from '../core/fault.ts';
import type { ApiEvent } from '../core/frame.ts';
import type { Journal } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Fields } from '../query/fields.ts';
import { presentEvent } from '../query/present.ts';
import type { Mask } from '../store/mask.ts';
import { allowedStill, seesPersonal } from './admission.ts';
import { slicesOf } from './batch-events.ts';
import { compileFilter } from './compile-filter.ts';
import { type EventStream, type EventStreamOptions, openEventStream } from './event-stream.ts';
import { parametersOf } from './parameters.ts';
import { refuseQuery } from './query-problems.ts';
import { createSampling } from './sampling.ts';

export interface TailParts {
  readonly journal: Pick<Journal, 'subscribe' | 'end' | 'oldest'>;
  readonly fields: Fields;
  readonly mask: Pick<Mask, 'event'>;
  readonly authenticate: Authenticate;
  /** For the ids of messages. */
  readonly seal: Seal;
  readonly clock: Clock;
  readonly log: Log;
  readonly closing: AbortSignal;
  /** A reader that is so many events behind loses what it has no room for; 10 000 unless a test says otherwise. */
  readonly farBehind?: number;
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

const purpose = 'tail';

/** The last position that a reader has, from what it was given, or, where it may know of positions, from the number. */
function lastPosition(
  header: string | string[] | undefined,
  principal: Principal,
  seal: Seal,
): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  // Zero is the beginning, and tells nothing.
  if (/^\d{1,15}$/.test(text)) return text === '0' || seesInstallation(principal) ? Number(text) : undefined;
  return seal.openNumber(purpose, principal.tenant, text);
}

/** Milliseconds of work in one turn of the event loop. */
const sliceMs = 6;

interface Reader {
  readonly stream: EventStream;
  readonly tenant: string;
  readonly matches: (event: Event) => boolean;
  readonly write: (event: StoredEvent) => ApiEvent;
  /** What a reader sends back to go on behind a position. */
  readonly idOf: (position: number) => string;
  /** Last position that the reader has, when it resumes. */
  readonly last: number | undefined;
  readonly rate: number;
}

/** What one reader is sent: waits for it while it is near, counts what it loses once it is far behind. */
function createLane({ stream, write, idOf, rate }: Reader, clock: Clock) {
  const sampling = createSampling(rate, clock);
  let announced = 1;
  let lost = 0;

  async function confess(): Promise<void> {
    if (lost === 0) return;
    await stream.whenRoom();
    stream.send('skipped', { n: lost });
    lost = 0;
  }
  async function owed(event: StoredEvent): Promise<void> {
    await stream.whenRoom();
    stream.send('event', write(event), idOf(event.position));
  }
  async function live(event: StoredEvent, far: boolean): Promise<void> {
    if (far && !stream.room) {
      lost += 1;
      return;
    }
    await confess();
    const shown = sampling.keep();
    if (sampling.rate !== announced) {
      announced = sampling.rate;
      stream.send('sampled', { rate: announced });
    }
    if (shown) await owed(event);
  }
  return { owed, live, confess };
}

async function follow(reader: Reader, { journal, clock, farBehind = 10_000 }: TailParts): Promise<void> {
  const { stream, tenant, matches, last } = reader;
  const { over } = stream;
  const lane = createLane(reader, clock);
  // What is journalled from here on is live; what lies before is owed to a reader that resumes.
  const begin = journal.end;
  let next = last === undefined ? begin : Math.min(last + 1, begin);
  const isFar = () => journal.end - next > farBehind;
  const from = next;
  let turn = performance.now();
  for await (const batch of journal.subscribe({ tenant }, from, over)) {
    if (batch.first > next && journal.oldest > next) {
      const reason = 'Events in between have left the journal. Ask GET /api/events for them.';
      stream.send('skipped', { n: null, reason });
    }
    next = batch.first;
    for await (const events of slicesOf(batch)) {
      for (const event of events) {
        const position = next;
        next += 1;
        // A filter may take long for each event: others run in between.
        if (performance.now() - turn > sliceMs) {
          await nextTurn();
          turn = performance.now();
        }
        if (position < from || !matches(event)) continue;
        const stored = { ...event, position };
        if (position < begin) await lane.owed(stored);
        else await lane.live(stored, isFar());
        if (over.aborted) return;
      }
    }
    if (!isFar()) await lane.confess();
  }
}

export const tailRoute = (parts: TailParts): GuardedRoute => ({
  method: 'GET',
  url: '/api/tail',
  doc:
    'Events as they arrive, as server-sent events: `event` (its id, sent back as Last-Event-ID, resumes within the ' +
    'journal), `skipped` {n}, `sampled` {rate}, `error`. A comment every 15 seconds.',
  tag: 'events',
  access: { scope: 'read' },
  produces: 'text/event-stream',
  schema: { querystring: Parameters },
  async handle({ principal, request, reply }) {
    const { filter = '', rate = 500 } = request.query as Static<typeof Parameters>;
    const unmasked = seesPersonal(principal);
    const positions = seesInstallation(principal);
    const compiled = compileFilter(filter, {
      fields: parts.fields,
      now: parts.clock(),
      unmasked,
      positions,
    });
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
      write: (event) => {
        const json = presentEvent(event, { raw: false, position: positions });
        return unmasked ? json : parts.mask.event(json);
      },
      idOf: (position) => parts.seal.number(purpose, principal.tenant, position),
      last: lastPosition(request.headers['last-event-id'], principal, parts.seal),
      rate,
    };
    follow(reader, parts)
      .catch((error: unknown) => {
        parts.log.error('tail failed', { request: request.id, why: faultOf(error) });
        stream.send('error', {
          status: 500,
          detail: `Reading the journal failed; the log says more under ${request.id}.`,
        });
      })
      .finally(stream.end);
    return stream.body;
  },
});
