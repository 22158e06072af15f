/**
 * A route of the HTTP API: every one declares who may call it, so that none exists without that decision.
 * The server checks access before the handler runs; the matrix test is generated from these.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';

/**
 * `installation` is of the default tenant alone: figures of the machine and of all tenants together, such as a monitoring
 * system needs. It shows no event.
 */
export const scopes = ['ingest', 'read', 'read:raw', 'installation', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who is asking: a token or a signed-in person, always within one tenant. */
export interface Principal {
  readonly kind: 'token' | 'session';
  /** Id of the token or of the user. */
  readonly id: string;
  /** Name shown to people and written into the audit trail. */
  readonly name: string;
  readonly tenant: string;
  /** `admin` holds every other scope; `read:raw` holds `read`. */
  readonly scopes: readonly Scope[];
}

/** Public routes say why they are. */
export type Access = { readonly public: string } | ScopeAccess;
/** `or`: another scope that is enough; the answer then is what that one shows. */
export interface ScopeAccess {
  readonly scope: Scope;
  readonly or?: Scope;
}

interface RouteBase {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify path, such as `/api/events/:id`; `*` as its last segment matches the rest. */
  readonly url: string;
  /** One sentence for OpenAPI. */
  readonly doc: string;
  readonly tag: string;
  readonly schema?: {
    readonly params?: TSchema;
    readonly querystring?: TSchema;
    readonly body?: TSchema;
    /** By status. */
    readonly response?: Readonly<Record<number, TSchema>>;
  };
  /** `stream`: the handler reads `request.raw` itself (receivers), whatever the content type. Default: JSON, 1 MB. */
  readonly body?: 'json' | 'stream';
  /** Media type of a successful answer. Default: application/json. `text/event-stream` answers have no HEAD. */
  readonly produces?: string;
}

export interface GuardedRoute extends RouteBase {
  readonly access: ScopeAccess;
  /** The return value is the body. Throws an ApiError (`access/api-error.ts`) for a refusal. */
  handle(call: {
    readonly principal: Principal;
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
  }): Promise<unknown>;
}

export interface PublicRoute extends RouteBase {
  readonly access: { readonly public: string };
  handle(call: { readonly request: FastifyRequest; readonly reply: FastifyReply }): Promise<unknown>;
}

export type Route = GuardedRoute | PublicRoute;
