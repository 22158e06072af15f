/**
 * The API as the pages call it: typed, in one tenant, with problems as exceptions that say what to do. A call that does
 * not reach the server is reported to the connection and fails as {@link Unreachable}.
 */
import type { EventsPage, Frame, ProblemDetails } from '../src/core/frame.ts';
import type { Query } from '../src/core/query.ts';
import type * as t from './api-types.ts';
import type { Connection } from './connection.ts';

/** The server refused: its problem details. */
export class Refused extends Error {
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(problem.detail || problem.title);
    this.problem = problem;
  }
}

/** The server was not reached. */
export class Unreachable extends Error {}

export interface EventsQuestion {
  readonly filter: string;
  readonly from: string;
  readonly to: string;
  readonly limit?: number;
  readonly cursor?: string | undefined;
  readonly order?: 'newest' | 'oldest';
  readonly total?: boolean;
}

export interface Credentials {
  /** `https://host/base/`. */
  readonly base: string;
  readonly tenant: string | undefined;
  readonly csrf: string | null;
}

type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

async function problemOf(response: Response): Promise<ProblemDetails> {
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body === 'object' && body !== null && 'title' in body) return body as ProblemDetails;
  return {
    type: 'about:blank',
    title: response.statusText || `Status ${response.status}`,
    status: response.status,
    detail: 'The server gave no reason. Its log says more.',
  };
}

export type Api = ReturnType<typeof createApi>;

export function createApi(fetch: typeof globalThis.fetch, connection: Connection, credentials: Credentials) {
  /** The address of a call, with the tenant. */
  const address = (path: string, parameters: Parameters = {}): string => {
    const url = new URL(path, credentials.base);
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    }
    if (credentials.tenant !== undefined) url.searchParams.set('tenant', credentials.tenant);
    return url.href;
  };

  async function call<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (method !== 'GET' && credentials.csrf !== null) headers['x-gatescope-csrf'] = credentials.csrf;
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers,
        credentials: 'same-origin',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      connection.missed();
      throw new Unreachable('The server does not answer.', { cause: error });
    }
    connection.reached();
    if (!response.ok) throw new Refused(await problemOf(response));
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  const get = <T>(path: string, parameters?: Parameters, signal?: AbortSignal) =>
    call<T>('GET', address(path, parameters), undefined, signal);
  const post = <T>(path: string, body?: unknown, signal?: AbortSignal) =>
    call<T>('POST', address(path), body ?? {}, signal);
  const remove = <T>(path: string) => call<T>('DELETE', address(path));
  const part = encodeURIComponent;

  return {
    address,
    session: () => get<t.Session>('api/session'),
    signIn: (user: string, password: string) => post<t.Session>('api/session', { user, password }),
    signOut: () => remove<void>('api/session'),

    query: (question: Query, signal?: AbortSignal) => post<Frame>('api/query', question, signal),
    events: (question: EventsQuestion, signal?: AbortSignal) =>
      get<EventsPage>('api/events', { ...question }, signal),
    event: (id: string, type?: string) => get<t.ApiEvent>(`api/events/${part(id)}`, { type }),
    fields: () => get<t.Fields>('api/fields'),
    values: (parameters: Parameters, signal?: AbortSignal) =>
      get<{ values: readonly t.ValueCount[] }>('api/values', parameters, signal),
    nearest: (filter: string, from: string) => get<{ time: string | null }>('api/nearest', { filter, from }),

    senders: () => get<{ senders: readonly t.Sender[] }>('api/senders'),
    quarantine: (reason?: string, cursor?: string) => get<t.Quarantine>('api/quarantine', { reason, cursor }),
    quarantined: (id: string) => get<t.WholeQuarantineEntry>(`api/quarantine/${part(id)}`),
    replay: (id: string, body?: string) =>
      post<t.ReplayOutcome>(`api/quarantine/${part(id)}/replay`, body === undefined ? {} : { body }),
    replayAll: (reason: string) => post<t.ReplayCounts>('api/quarantine/replay', { reason }),

    tokens: () => get<{ tokens: readonly t.Token[] }>('api/tokens'),
    createToken: (token: { name: string; scopes: readonly string[]; expires?: string }) =>
      post<t.NewToken>('api/tokens', token),
    revokeToken: (id: string) => remove<void>(`api/tokens/${part(id)}`),
    changePassword: (current: string, password: string) =>
      call<void>('PUT', address('api/session/password'), { current, password }),
    tenants: () => get<{ tenants: readonly t.Tenant[] }>('api/tenants'),

    sample: () => get<t.SampleStatus>('api/sample'),
    startSample: () => post<t.SampleStatus>('api/sample'),
    removeSample: () => remove<{ removed: number }>('api/sample'),
    status: () => get<t.Status>('api/status'),
  };
}
