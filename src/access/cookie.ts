/** The session cookie: out of reach of scripts, never sent along from other sites, over TLS only where there is TLS. */
import { fastifyCookie as cookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { longest } from './sessions.ts';

const session = 'gatescope_session';
const browser = 'gatescope_browser';
/** Seconds that a browser is known for after the last sign-in. */
const knownFor = 180 * 86_400;

const read = (request: FastifyRequest, name: string): string | undefined =>
  request.headers.cookie === undefined ? undefined : cookie.parse(request.headers.cookie)[name];

/** The secret of the session, if the request carries one. */
export const sessionSecret = (request: FastifyRequest): string | undefined => read(request, session);

/** What the browser kept of an earlier sign-in (`sign-in-limits.ts`). It opens nothing. */
export const keptByBrowser = (request: FastifyRequest): string | undefined => read(request, browser);

const write = (
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  value: string,
  seconds: number,
): void => {
  const text = cookie.serialize(name, value, {
    httpOnly: true,
    sameSite: 'lax',
    secure: request.protocol === 'https',
    path: '/',
    maxAge: seconds,
  });
  reply.header('set-cookie', text);
};

export const setSession = (request: FastifyRequest, reply: FastifyReply, secret: string): void =>
  write(request, reply, session, secret, longest / 1e6);

export const keepInBrowser = (request: FastifyRequest, reply: FastifyReply, kept: string): void =>
  write(request, reply, browser, kept, knownFor);

export const clearSession = (request: FastifyRequest, reply: FastifyReply): void =>
  write(request, reply, session, '', 0);
