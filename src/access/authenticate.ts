/** Who is asking: by the token in the `Authorization` header, or by the session cookie; and in which tenant. */
import type { FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';
import { tokensIn } from './authorization.ts';
import { sessionSecret } from './cookie.ts';
import type { Principal } from './route.ts';
import { isSameOrigin } from './same-origin.ts';
import { csrfMatches, type Session, type Sessions } from './sessions.ts';
import { defaultTenant, type Tenants } from './tenants.ts';
import type { Tokens } from './tokens.ts';

/**
 * Undefined when there are no valid credentials. Throws an ApiError when they are valid but may not be used so. May be
 * asked again with the same request, as long as it lives: a revoked token or a closed session then gives undefined.
 */
export type Authenticate = (request: FastifyRequest) => Promise<Principal | undefined>;

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The tenant the request asks for with `?tenant=`. */
function wantedTenant(request: FastifyRequest): string | undefined {
  const wanted = (request.query as { readonly tenant?: unknown } | undefined)?.tenant;
  if (wanted === undefined || wanted === '') return undefined;
  if (typeof wanted === 'string') return wanted;
  throw new ApiError(400, 'More than one tenant', 'Give the parameter tenant once.');
}

/** Against forged requests of other sites, which would carry the cookie along. */
function refuseForgery(request: FastifyRequest, secret: string): void {
  if (safeMethods.has(request.method)) return;
  if (!isSameOrigin(request))
    throw new ApiError(
      403,
      'Request from another site',
      'Changes are taken from Gatescope’s own pages only. Behind a proxy, let it pass the Host header on.',
    );
  const given = request.headers['x-gatescope-csrf'];
  if (!csrfMatches(secret, typeof given === 'string' ? given : undefined))
    throw new ApiError(
      403,
      'CSRF token missing or wrong',
      'Send the csrf of GET /api/session in the header x-gatescope-csrf.',
    );
}

export function createAuthenticate(doors: {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly tenants: Tenants;
}): Authenticate {
  const { tokens, sessions, tenants } = doors;

  const byToken = async (request: FastifyRequest, header: string): Promise<Principal | undefined> => {
    for (const secret of tokensIn(header)) {
      const principal = await tokens.check(secret);
      if (principal === undefined) continue;
      const wanted = wantedTenant(request);
      if (wanted !== undefined && wanted !== principal.tenant)
        throw new ApiError(
          403,
          'Another tenant',
          'A token acts in its own tenant only; use one of that tenant.',
        );
      return principal;
    }
    return undefined;
  };

  /** Admins of the default tenant may act in every tenant, everybody else in his own. */
  const tenantOf = async (request: FastifyRequest, { user }: Session): Promise<string> => {
    const wanted = wantedTenant(request);
    if (wanted === undefined || wanted === user.tenant) return user.tenant;
    if (user.tenant !== defaultTenant || !user.scopes.includes('admin'))
      throw new ApiError(403, 'Another tenant', 'Only an admin of the default tenant may look into others.');
    if (!(await tenants.exists(wanted)))
      throw new ApiError(404, 'No such tenant', 'GET /api/tenants lists the tenants there are.');
    return wanted;
  };

  const bySession = async (request: FastifyRequest): Promise<Principal | undefined> => {
    const secret = sessionSecret(request);
    const session = secret === undefined ? undefined : await sessions.check(secret);
    if (secret === undefined || session === undefined) return undefined;
    refuseForgery(request, secret);
    const { id, name, scopes } = session.user;
    return { kind: 'session', id, name, tenant: await tenantOf(request, session), scopes };
  };

  return async (request) => {
    const { authorization } = request.headers;
    return authorization === undefined ? bySession(request) : byToken(request, authorization);
  };
}
