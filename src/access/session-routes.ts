/** Signing in and out, and one's own password. */
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/ports.ts';
import { ApiError } from './api-error.ts';
import { clearSession, keepInBrowser, keptByBrowser, sessionSecret, setSession } from './cookie.ts';
import { type Passwords, passwordLength } from './password.ts';
import { type GuardedRoute, type Principal, type PublicRoute, type Route, scopes } from './route.ts';
import { isSameOrigin } from './same-origin.ts';
import { csrfOf, type Session, type Sessions } from './sessions.ts';
import { browserOf, createSignInLimits, knownBrowser } from './sign-in-limits.ts';
import { defaultTenant, type Tenants } from './tenants.ts';
import type { Users } from './users.ts';

const SignIn = Type.Object({
  user: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
});
const NewPassword = Type.Object({
  current: Type.String({ minLength: 1, maxLength: 1024 }),
  password: Type.String({ minLength: passwordLength.least, maxLength: passwordLength.most }),
});

export const SessionAnswer = Type.Object({
  user: Type.String({ description: 'Name of the user, or of the token.' }),
  tenant: Type.String({ description: 'Tenant this request acts in.' }),
  tenants: Type.Array(Type.String(), { description: 'Tenants that may be named with `?tenant=`.' }),
  scopes: Type.Array(Type.Enum([...scopes])),
  csrf: Type.Union([Type.String(), Type.Null()], {
    description:
      'For the header `x-gatescope-csrf` of whatever is no GET; null for a token, which needs none.',
  }),
});
export type SessionAnswer = Static<typeof SessionAnswer>;

/** Passwords that wait to be checked: beyond it only browsers that are known may wait too. */
const waitingPasswords = { anybody: 16, known: 64 };

/** An IPv6 customer has at least a /64 to try from: that counts as one address. */
const addressOf = ({ ip }: FastifyRequest): string =>
  ip.includes(':') && !ip.includes('.') ? ip.split(':').slice(0, 4).join(':') : ip;

const tooMany = (seconds: number) =>
  new ApiError(429, 'Too many failed sign-ins', `Try again in ${seconds} s.`, { retryAfter: seconds });

export function sessionRoutes(parts: {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tenants: Tenants;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly onPasswordChosen: () => Promise<void>;
  /** Of this installation. */
  readonly secret: () => Promise<string>;
}): Route[] {
  const { users, sessions, tenants, passwords, clock, onPasswordChosen } = parts;
  const limits = createSignInLimits(clock);

  const tenantsOf = async ({ user }: Session): Promise<string[]> =>
    user.tenant === defaultTenant && user.scopes.includes('admin')
      ? (await tenants.list()).map(({ name }) => name)
      : [user.tenant];

  const answer = async (principal: Principal, secret?: string): Promise<SessionAnswer> => {
    const session = secret === undefined ? undefined : await sessions.check(secret);
    return {
      user: principal.name,
      tenant: principal.tenant,
      tenants: session === undefined ? [principal.tenant] : await tenantsOf(session),
      scopes: [...principal.scopes],
      csrf: secret === undefined ? null : csrfOf(secret),
    };
  };

  const checkPassword = async (request: FastifyRequest, name: string, password: string) => {
    const browser = browserOf(await parts.secret(), name, keptByBrowser(request));
    const most = browser === undefined ? waitingPasswords.anybody : waitingPasswords.known;
    if (passwords.waiting >= most) throw tooMany(5);
    const tried = { address: addressOf(request), name, browser };
    const seconds = limits.begin(tried);
    if (seconds > 0) throw tooMany(seconds);
    const verified = await users.verify(name, password);
    if (!verified.ok) {
      await sessions.refused(verified.error === 'unknown' ? undefined : name, request.ip);
      return undefined;
    }
    limits.succeeded(tried);
    return verified.value;
  };

  const signIn: PublicRoute = {
    method: 'POST',
    url: '/api/session',
    doc: 'Signs in: sets the session cookie.',
    tag: 'session',
    access: { public: 'Signing in is how one gets access.' },
    schema: { body: SignIn, response: { 200: SessionAnswer } },
    async handle({ request, reply }) {
      if (!isSameOrigin(request))
        throw new ApiError(403, 'Request from another site', 'Sign in on Gatescope’s own page.');
      const { user: name, password } = request.body as Static<typeof SignIn>;
      const user = await checkPassword(request, name, password);
      if (user === undefined)
        throw new ApiError(
          401,
          'Not signed in',
          'The user or the password is wrong. Check both and try again.',
        );
      const earlier = sessionSecret(request);
      if (earlier !== undefined) await sessions.close(earlier, request.ip);
      const secret = await sessions.open(user, request.ip);
      setSession(request, reply, secret);
      keepInBrowser(request, reply, knownBrowser(await parts.secret(), name));
      return answer({ kind: 'session', ...user }, secret);
    },
  };

  const signedIn: GuardedRoute[] = [
    {
      method: 'GET',
      url: '/api/session',
      doc: 'Who is signed in, and what a page needs to know of it.',
      tag: 'session',
      access: { scope: 'read' },
      schema: { response: { 200: SessionAnswer } },
      handle: ({ principal, request }) =>
        answer(principal, principal.kind === 'session' ? sessionSecret(request) : undefined),
    },
    {
      method: 'DELETE',
      url: '/api/session',
      doc: 'Signs out.',
      tag: 'session',
      access: { scope: 'read' },
      async handle({ request, reply }) {
        const secret = sessionSecret(request);
        if (secret !== undefined) await sessions.close(secret, request.ip);
        clearSession(request, reply);
        return reply.code(204).send();
      },
    },
    {
      method: 'PUT',
      url: '/api/session/password',
      doc: 'Changes one’s own password; every session of the user ends.',
      tag: 'session',
      access: { scope: 'read' },
      schema: { body: NewPassword },
      async handle({ principal, request, reply }) {
        if (principal.kind !== 'session')
          throw new ApiError(403, 'Not for tokens', 'Sign in with user and password to change the password.');
        const { current, password } = request.body as Static<typeof NewPassword>;
        const user = await checkPassword(request, principal.name, current);
        if (user === undefined)
          throw new ApiError(403, 'Wrong password', 'Give the password that holds now as current.');
        const { id, name, tenant } = user;
        await users.setPassword(tenant, id, password, { kind: 'session', id, name, clientIp: request.ip });
        sessions.forget();
        await onPasswordChosen();
        clearSession(request, reply);
        return reply.code(204).send();
      },
    },
  ];
  return [signIn, ...signedIn];
}
