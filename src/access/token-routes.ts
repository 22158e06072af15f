/** API tokens of the tenant one acts in. */
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/ports.ts';
import { ApiError } from './api-error.ts';
import type { Actor } from './audit.ts';
import { type GuardedRoute, type Principal, scopes } from './route.ts';
import { defaultTenant } from './tenants.ts';
import type { Token, Tokens } from './tokens.ts';

const Time = Type.String({ format: 'date-time' });

export const ApiToken = Type.Object({
  id: Type.String(),
  tenant: Type.String(),
  name: Type.String(),
  hint: Type.String({ description: 'First characters of the secret; empty for one fixed in the settings.' }),
  scopes: Type.Array(Type.Enum([...scopes])),
  created: Time,
  lastUsed: Type.Optional(Time),
  expires: Type.Optional(Time),
  revoked: Type.Optional(Time),
});
export type ApiToken = Static<typeof ApiToken>;

const Wanted = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  scopes: Type.Array(Type.Enum([...scopes]), { minItems: 1, uniqueItems: true }),
  expires: Type.Optional(Type.String({ description: 'RFC 3339; never when absent.' })),
});
const Created = Type.Object({
  token: ApiToken,
  secret: Type.String({ description: 'Shown in this answer and never again.' }),
});
const Named = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) });

const time = (micros: number): string => new Date(micros / 1e3).toISOString();

/** A token as the API and the command line show it. */
export const apiToken = (token: Token): ApiToken => ({
  id: token.id,
  tenant: token.tenant,
  name: token.name,
  hint: token.hint,
  scopes: [...token.scopes],
  created: time(token.created),
  ...(token.lastUsed === undefined ? {} : { lastUsed: time(token.lastUsed) }),
  ...(token.expires === undefined ? {} : { expires: time(token.expires) }),
  ...(token.revoked === undefined ? {} : { revoked: time(token.revoked) }),
});

/** Who does what a request asks for. */
export const actorOf = ({ kind, id, name }: Principal, request: FastifyRequest): Actor => ({
  kind,
  id,
  name,
  clientIp: request.ip,
});

function expiryOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const expires = Date.parse(text) * 1e3;
  if (expires > now && Number.isSafeInteger(expires)) return expires;
  const reason = 'must be a time in RFC 3339 that is yet to come, before 2255';
  throw new ApiError(400, 'Not a valid request', `expires ${reason}`, {
    errors: [{ path: 'expires', reason }],
  });
}

export function tokenRoutes(parts: { readonly tokens: Tokens; readonly clock: Clock }): GuardedRoute[] {
  const { tokens, clock } = parts;
  return [
    {
      method: 'GET',
      url: '/api/tokens',
      doc: 'API tokens of the tenant, newest first, the revoked ones too.',
      tag: 'access',
      access: { scope: 'admin' },
      schema: { response: { 200: Type.Object({ tokens: Type.Array(ApiToken) }) } },
      handle: async ({ principal }) => ({ tokens: (await tokens.list(principal.tenant)).map(apiToken) }),
    },
    {
      method: 'POST',
      url: '/api/tokens',
      doc: 'Makes an API token for the tenant.',
      tag: 'access',
      access: { scope: 'admin' },
      schema: { body: Wanted, response: { 201: Created } },
      async handle({ principal, request, reply }) {
        const { name, scopes, expires: text } = request.body as Static<typeof Wanted>;
        if (scopes.includes('installation') && principal.tenant !== defaultTenant)
          throw new ApiError(
            400,
            'Not in this tenant',
            'The scope installation is for tokens of the default tenant.',
          );
        const expires = expiryOf(text, clock());
        const wanted = { name, scopes, ...(expires === undefined ? {} : { expires }) };
        const { token, secret } = await tokens.create(principal.tenant, wanted, actorOf(principal, request));
        reply.code(201);
        return { token: apiToken(token), secret };
      },
    },
    {
      method: 'DELETE',
      url: '/api/tokens/:id',
      doc: 'Revokes an API token: from now on nobody gets in with it.',
      tag: 'access',
      access: { scope: 'admin' },
      schema: { params: Named },
      async handle({ principal, request, reply }) {
        const { id } = request.params as Static<typeof Named>;
        if (!(await tokens.revoke(principal.tenant, id, actorOf(principal, request))))
          throw new ApiError(
            404,
            'No such token',
            'GET /api/tokens lists those of this tenant that are in force.',
          );
        return reply.code(204).send();
      },
    },
  ];
}
