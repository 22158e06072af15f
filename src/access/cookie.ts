/** The session cookie: out of reach of scripts, never sent along from other sites, over TLS only where there is TLS. */
import { fastifyCookie as cookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { longest } from './sessions.ts';

const name = 'gatescope_session';

/** The secret of the session, if the request carries one. */
export const sessionSecret = (request: FastifyRequest): string | undefined =>
  request.headers.cookie === undefined ? undefined : cookie.parse(request.headers.cookie)[name];

const write = (request: FastifyRequest, reply: FastifyReply, value: string, seconds: number): void => {
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
  write(request, reply, secret, longest / 1e6);

export const clearSession = (request: FastifyRequest, reply: FastifyReply): void =>
  write(request, reply, '', 0);
