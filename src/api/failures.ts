/**
 * Answers to requests that fail: problem details, or the dialect of the clients below a prefix; 404 and 405. Requests
 * to the ways in that fail for the time being get 503, or no answer at all where the sender would take one as final.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../access/api-error.ts';
import type { Route } from '../access/route.ts';
import { faultOf } from '../core/fault.ts';
import type { ProblemDetails } from '../core/frame.ts';
import type { Log } from '../core/ports.ts';
import { refusalManner, wayIn } from '../receivers/sender-behaviour/table.ts';
import { breakConnection } from './break-connection.ts';
import { problem, problemOf, problemType } from './problems.ts';
import type { WebApp } from './web-app.ts';

/** How errors are written below a prefix whose clients speak another dialect than problem details. */
export interface ErrorShape {
  /** Such as `/es`. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `WWW-Authenticate` of a 401, where it is another than Bearer. */
  readonly challenge?: string;
  body(details: ProblemDetails): unknown;
}

/** The shape of errors at `path`, if it is another than problem details. */
export const shapeOf = (
  shapes: readonly ErrorShape[],
  basePath: string,
  path: string,
): ErrorShape | undefined => {
  const plain = `${path.replace(/\/+/g, '/')}/`;
  return shapes.find(({ prefix }) => plain.startsWith(`${basePath}${prefix}/`));
};

/**
 * Milliseconds for which a temporary refusal is kept back. Most senders try again at once with the whole batch: it keeps
 * those that never give up from doing so tens of times a second, and gives time to those that give up after three.
 */
const pauseBeforeRefusal = 1_000;
/** Seconds after which a sender should try again where nothing else is said. */
const retryAfterFailure = 5;

/** The same request may be taken another time. */
const isTemporary = (status: number): boolean => status >= 500 || status === 408 || status === 429;

export interface Failures {
  readonly routes: readonly Route[];
  readonly shapes: readonly ErrorShape[];
  readonly basePath: string;
  readonly log: Log;
  readonly webApp: WebApp | undefined;
  /** Called for a request that was refused by closing its connection, with the status that it would have got. */
  readonly onBroken: (request: FastifyRequest, reply: FastifyReply, status: number) => void;
}

/** As the router reads it: without the query, repeated slashes as one. */
const pathOf = (request: FastifyRequest): string => (request.url.split('?', 1)[0] ?? '').replace(/\/+/g, '/');

/** `/api/events/:id` as a test of paths. */
const pattern = (url: string): RegExp =>
  new RegExp(
    `^${url
      .replace(/[.+^$()[\]{}|\\]/g, '\\$&')
      .replace(/:[A-Za-z]+/g, '[^/]+')
      .replace('*', '.*')}/?$`,
  );

/** Resolves after the pause, or when the client has gone. */
async function paused({ raw }: FastifyReply): Promise<void> {
  const gone = new AbortController();
  const onClose = () => gone.abort();
  raw.once('close', onClose);
  await sleep(pauseBeforeRefusal, undefined, { signal: gone.signal }).catch(() => {});
  raw.off('close', onClose);
}

export interface Answers {
  /** A promise for a temporary refusal of what was sent to a way in, which is kept back a little. */
  readonly toError: (
    thrown: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => FastifyReply | Promise<FastifyReply>;
  readonly toUnknownAddress: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

export function answersTo({ routes, shapes, basePath, log, webApp, onBroken }: Failures): Answers {
  const known = routes.map(({ method, url }) => ({ method, path: pattern(basePath + url) }));

  /** The address of the route where there is one: a path may be percent-encoded where the route is not. */
  const addressOf = (request: FastifyRequest): string => request.routeOptions?.url ?? pathOf(request);
  const wayOf = (request: FastifyRequest) => wayIn(addressOf(request).slice(basePath.length));

  /** Takes the reply out of Fastify's hands and closes the connection. */
  const refuseUnanswered = (request: FastifyRequest, reply: FastifyReply, status: number): FastifyReply => {
    reply.hijack();
    onBroken(request, reply, status);
    breakConnection(reply.raw);
    return reply;
  };

  const write = (reply: FastifyReply, details: ProblemDetails): FastifyReply => {
    const shape = shapeOf(shapes, basePath, addressOf(reply.request));
    reply.code(details.status);
    if (details.status === 401) {
      reply.header('www-authenticate', shape?.challenge ?? 'Bearer realm="gatescope"');
    }
    if (shape === undefined) return reply.type(problemType).send(JSON.stringify(details));
    return reply
      .headers(shape.headers)
      .type('application/json')
      .send(JSON.stringify(shape.body(details)));
  };

  return {
    toError(thrown, request, reply) {
      const { details, retryAfter, bug } = problemOf(thrown, request.id);
      if (bug) {
        const why = faultOf(thrown);
        const { id, method } = request;
        log.error('request failed', { request: id, method, path: pathOf(request), why });
      }
      const way = isTemporary(details.status) ? wayOf(request) : undefined;
      if (way === undefined) {
        if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
        return write(reply, details);
      }
      if (thrown instanceof ApiError && thrown.outcomeUnknown)
        return refuseUnanswered(request, reply, details.status);
      const manner = refusalManner(way, request.headers['user-agent']);
      // Who was too slow has waited, and its connection is about to be closed.
      const pause = details.status === 408 ? Promise.resolve() : paused(reply);
      return pause.then(() => {
        if (manner === 'break') return refuseUnanswered(request, reply, details.status);
        reply.header('retry-after', String(retryAfter ?? retryAfterFailure));
        // 500 is final for senders that try again after 503, and what broke may work next time.
        return write(reply, bug ? problem(503, 'Try again later', details.detail) : details);
      });
    },
    toUnknownAddress(request, reply) {
      const path = pathOf(request);
      const methods = known.filter((route) => route.path.test(path)).map(({ method }) => method);
      if (methods.length > 0) {
        const allowed = [...new Set(methods)].join(', ');
        reply.header('allow', allowed);
        const detail = `${path} answers to ${allowed}, not to ${request.method}. See /openapi.json.`;
        return write(reply, problem(405, 'Method not allowed', detail));
      }
      if (webApp?.isPage(request) === true) return webApp.sendPage(request, reply);
      const detail = `There is nothing at ${path}. See ${basePath}/openapi.json for what there is.`;
      return write(reply, problem(404, 'Not found', detail));
    },
  };
}
