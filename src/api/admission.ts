/** Access before the handler: who asks, whether the route is open to them, and the call that the handler gets. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { admits, allows, seesInstallation } from '../access/allows.ts';
import { ApiError } from '../access/api-error.ts';
import type { Authenticate } from '../access/authenticate.ts';
import type { GuardedRoute, Principal, PublicRoute, Route } from '../access/route.ts';

/** May see personal fields as they are, and `raw`. */
export const seesPersonal = (principal: Principal): boolean => allows(principal, 'read:raw');

/** Whether the credentials of an endless answer still stand for the same tenant and the same sight. */
export async function allowedStill(
  authenticate: Authenticate,
  request: FastifyRequest,
  was: Principal,
): Promise<boolean> {
  const now = await authenticate(request).catch((error: unknown) => {
    // A refusal, as of a tenant that has gone since; anything else proves nothing against the reader.
    if (error instanceof ApiError) return undefined;
    throw error;
  });
  return (
    now !== undefined &&
    now.tenant === was.tenant &&
    allows(now, 'read') &&
    (seesPersonal(now) || !seesPersonal(was)) &&
    (seesInstallation(now) || !seesInstallation(was))
  );
}

const isGuarded = (route: Route): route is GuardedRoute => 'scope' in route.access;

/** What a route does to a request, in Fastify's order: `onRequest` before the body is read, then `handler`. */
export interface Admission {
  readonly onRequest: ((request: FastifyRequest) => Promise<void>)[];
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

const openDoor = (route: PublicRoute): Admission => ({
  onRequest: [],
  handler: (request, reply) => route.handle({ request, reply }),
});

function guardedDoor(route: GuardedRoute, authenticate: Authenticate): Admission {
  const admitted = new WeakMap<FastifyRequest, Principal>();
  const check = async (request: FastifyRequest): Promise<void> => {
    const principal = await authenticate(request);
    if (principal === undefined) {
      const detail = 'Send an API token as "Authorization: Bearer <token>", or sign in on the web page.';
      throw new ApiError(401, 'Not signed in', detail);
    }
    if (!admits(principal, route.access)) {
      const { scope } = route.access;
      const has = principal.scopes.join(', ') || 'none';
      const detail = `This needs the scope "${scope}"; ${principal.name} has ${has}. Ask for a token with it.`;
      throw new ApiError(403, 'Not allowed', detail);
    }
    admitted.set(request, principal);
  };
  return {
    onRequest: [check],
    handler: async (request, reply) => {
      const principal = admitted.get(request);
      if (principal === undefined) throw new Error(`${route.url} was reached past its access check`);
      return route.handle({ principal, request, reply });
    },
  };
}

export const admission = (route: Route, authenticate: Authenticate): Admission =>
  isGuarded(route) ? guardedDoor(route, authenticate) : openDoor(route);
