/**
 * `GET /api/live`: the live figures of a tenant, one sample a second, over server-sent events. All who watch one
 * tenant share one computation; while nobody watches, only the totals are kept.
 */
import type { Authenticate } from '../access/authenticate.ts';
import type { GuardedRoute } from '../access/route.ts';
import type { Journal } from '../core/journal.ts';
import type { Clock } from '../core/ports.ts';
import { allowedStill } from './admission.ts';
import { type EventStreamOptions, openEventStream } from './event-stream.ts';
import { createLiveFigures, type LiveFigures, LiveSample } from './live-figures.ts';
import { eachMeasured } from './measured.ts';
import { parametersOf } from './parameters.ts';

type Listener = (sample: LiveSample) => void;

export interface Live {
  /** Reads the journal of all tenants from its end on until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Samples of this tenant alone, until the returned function is called. */
  watch(tenant: string, listener: Listener): () => void;
}

interface Watched {
  readonly figures: LiveFigures;
  readonly listeners: Set<Listener>;
  timer?: NodeJS.Timeout;
}

export interface LiveParts {
  readonly journal: Pick<Journal, 'subscribe' | 'end'>;
  readonly clock: Clock;
  /** Milliseconds between samples; a second unless a test says otherwise. */
  readonly every?: number;
}

export function createLive({ journal, clock, every = 1_000 }: LiveParts): Live {
  const since = clock();
  const tenants = new Map<string, Watched>();
  const of = (tenant: string): Watched => {
    const known = tenants.get(tenant) ?? { figures: createLiveFigures(since), listeners: new Set() };
    tenants.set(tenant, known);
    return known;
  };

  return {
    async run(signal) {
      for await (const batch of journal.subscribe({ allTenants: true }, journal.end, signal)) {
        const { figures, listeners } = of(batch.tenant);
        await eachMeasured(batch, (event) => figures.add(event, listeners.size > 0));
      }
    },
    watch(tenant, listener) {
      const watched = of(tenant);
      const { figures, listeners } = watched;
      if (listeners.size === 0) {
        figures.begin(clock());
        watched.timer = setInterval(() => {
          const sample = figures.sample(clock());
          for (const tell of listeners) tell(sample);
        }, every);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(watched.timer);
      };
    },
  };
}

export interface LiveRouteParts {
  readonly live: Pick<Live, 'watch'>;
  readonly authenticate: Authenticate;
  readonly closing: AbortSignal;
  /** For tests: other intervals of the stream. */
  readonly stream?: Partial<EventStreamOptions>;
}

export const liveRoute = ({ live, authenticate, closing, stream: other }: LiveRouteParts): GuardedRoute => ({
  method: 'GET',
  url: '/api/live',
  doc: 'The live figures, one `sample` a second, as server-sent events. A slow reader misses samples.',
  tag: 'query',
  access: { scope: 'read' },
  produces: 'text/event-stream',
  schema: { querystring: parametersOf({}), response: { 200: LiveSample } },
  async handle({ principal, request, reply }) {
    const stream = openEventStream(reply, {
      closing,
      allowed: () => allowedStill(authenticate, request, principal),
      ...other,
    });
    const leave = live.watch(principal.tenant, (sample) => {
      if (stream.room) stream.send('sample', sample);
    });
    stream.over.addEventListener('abort', leave, { once: true });
    if (stream.over.aborted) leave();
    return stream.body;
  },
});
