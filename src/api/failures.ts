/** Answers to requests that fail: problem details, or the dialect of the clients below a prefix; 404 and 405. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Route } from '../access/route.ts';
import { faultOf } from '../core/fault.ts';
import type { ProblemDetails } from '../core/frame.ts';
import type { Log } from '../core/ports.ts';
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

export interface Failures {
  readonly routes: readonly Route[];
  readonly shapes: readonly ErrorShape[];
  readonly basePath: string;
  readonly log: Log;
  readonly webApp: WebApp | undefined;
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

export interface Answers {
  readonly toError: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  readonly toUnknownAddress: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

export function answersTo({ routes, shapes, basePath, log, webApp }: Failures): Answers {
  const known = routes.map(({ method, url }) => ({ method, path: pattern(basePath + url) }));

  const write = (reply: FastifyReply, details: ProblemDetails): FastifyReply => {
    const path = `${pathOf(reply.request)}/`;
    const shape = shapes.find(({ prefix }) => path.startsWith(`${basePath}${prefix}/`));
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
      if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
      return write(reply, details);
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
