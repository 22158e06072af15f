/** The store as the API asks it: always for one tenant, always said whether personal data may be seen. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ApiEvent, EventsPage, Frame } from '../core/frame.ts';
import type { Query, QueryProblem } from '../core/query.ts';
import type { Result } from '../core/result.ts';

export interface Sight {
  /** Personal fields as they are; without it they are masked and cannot be filtered by. */
  readonly unmasked: boolean;
  /** Aborts when the asker has gone: the engine then stops. */
  readonly signal: AbortSignal;
}

export interface EventsAsked {
  readonly filter?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly order?: 'newest' | 'oldest';
  readonly total?: boolean;
}

export interface ValuesAsked {
  readonly field: string;
  readonly prefix?: string;
  readonly filter?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
}

/** An event by its id: found, not there, or of several types of which one must be named. */
export type Found =
  | { readonly kind: 'found'; readonly event: ApiEvent }
  | { readonly kind: 'missing' }
  | { readonly kind: 'several'; readonly types: readonly string[] };

export interface Reader {
  query(tenant: string, query: Query, sight: Sight): Promise<Result<Frame, QueryProblem>>;
  events(tenant: string, asked: EventsAsked, sight: Sight): Promise<Result<EventsPage, QueryProblem>>;
  event(
    tenant: string,
    id: string,
    asked: { readonly type?: string; readonly raw: boolean },
    sight: Sight,
  ): Promise<Result<Found, QueryProblem>>;
  /** Most frequent first. */
  values(
    tenant: string,
    asked: ValuesAsked,
    sight: Sight,
  ): Promise<Result<readonly { readonly value: unknown; readonly count: number }[], QueryProblem>>;
  /** The time nearest to `from` that has such events, RFC 3339; null when there are none. */
  nearest(
    tenant: string,
    asked: { readonly filter?: string; readonly from?: string },
    sight: Sight,
  ): Promise<Result<string | null, QueryProblem>>;
}

/** Aborts when the connection closes before the answer is out. */
export function whileListening(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const response: ServerResponse = reply.raw;
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}
