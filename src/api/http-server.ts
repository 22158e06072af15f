/**
 * The HTTP server: routes that were declared elsewhere, each behind the access it declares, problem details for
 * whatever goes wrong, the web app for the rest.
 *
 *     request ─▶ security headers ─▶ access ─▶ validation ─▶ handler ─▶ answer
 *                                     │ 401, 403   │ 400, 413, 415  │ ApiError, or 500 and a line in the log
 *                                     └────────────┴────────────────┴─▶ problem details
 */
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchema,
  type FastifyServerOptions,
} from 'fastify';
import type { Authenticate } from '../access/authenticate.ts';
import type { Route } from '../access/route.ts';
import type { Log } from '../core/ports.ts';
import { admission } from './admission.ts';
import { type Address, type Door, openDoor } from './door.ts';
import { type Answers, answersTo, type ErrorShape } from './failures.ts';
import { describeApi, openapiRoute } from './openapi.ts';
import { standingHeaders } from './security-headers.ts';
import { openWebApp } from './web-app.ts';

/** One answered request; `route` is the pattern, so that its values are few. */
export interface Answered {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly log: Log;
  /** Ids of requests, in `x-request-id` and in the log. */
  readonly newId: () => string;
  /** Of the program, for `/openapi.json`. */
  readonly version: string;
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Empty, or such as `/gatescope`: no slash at the end. */
  readonly basePath: string;
  /** Addresses or networks whose `x-forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Folder of the built web app. */
  readonly web?: string;
  readonly errorShapes?: readonly ErrorShape[];
  readonly observe?: (answered: Answered) => void;
  /** Aborted first when the server closes: event streams end on it. */
  readonly closing: AbortController;
}

export interface HttpServer {
  /** Answers from now on whoever comes through this door; closing closes it. */
  enter(door: Door): void;
  /** Opens a door of its own, and resolves with the URL that reaches it. */
  listen(address: Address): Promise<string>;
  /** Takes no new requests, ends event streams, waits for running requests, at most `grace` ms. */
  close(grace?: number): Promise<void>;
}

function createFastify({ tls, trustedProxies, newId }: HttpServerOptions, answers: Answers): FastifyInstance {
  const standing = standingHeaders(tls !== undefined);
  const options: FastifyServerOptions = {
    logger: false,
    genReqId: newId,
    // Before any hook: an address that is no percent-encoding.
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...standing, 'x-request-id': request.id });
      answers.toError(error, request, reply);
    },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: {
      // Elasticsearch outputs build addresses such as `//_bulk`.
      ignoreDuplicateSlashes: true,
      // Ids may have 512 bytes, three characters each when percent-encoded.
      maxParamLength: 1_536,
    },
  };
  // The door listens, and hands over to this server's routing.
  return Fastify(options);
}

const schemaOf = ({ schema, body }: Route): FastifySchema => ({
  ...(schema?.params === undefined ? {} : { params: schema.params }),
  ...(schema?.querystring === undefined ? {} : { querystring: schema.querystring }),
  ...(schema?.body === undefined || body === 'stream' ? {} : { body: schema.body }),
});

function addRoutes(scope: FastifyInstance, routes: readonly Route[], authenticate: Authenticate): void {
  const explicitHead = new Set(routes.filter(({ method }) => method === 'HEAD').map(({ url }) => url));
  for (const route of routes) {
    scope.route({
      method: route.method,
      url: route.url,
      schema: schemaOf(route),
      config: { route },
      exposeHeadRoute: route.produces !== 'text/event-stream' && !explicitHead.has(route.url),
      ...admission(route, authenticate),
    });
  }
}

/** A JSON body may be absent: then the schema of the route says whether that is enough. */
function parseJson(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, body as string, done),
  );
}

/** The handler reads `request.raw` itself. */
function parseNothing(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _body, done) => done(null));
}

type Note = (request: FastifyRequest, reply: FastifyReply, status: number) => void;

/** Counts and logs one request that has ended. */
const noteRequests =
  ({ log, observe }: HttpServerOptions): Note =>
  (request, reply, status) => {
    const { method } = request;
    const route = request.routeOptions.config.route?.url ?? 'other';
    observe?.({ method, route, status, seconds: reply.elapsedTime / 1000 });
    log.debug('request', { request: request.id, method, route, status, ms: Math.round(reply.elapsedTime) });
  };

function addHooks(app: FastifyInstance, { tls }: HttpServerOptions, note: Note): void {
  const standing = standingHeaders(tls !== undefined);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...standing, 'x-request-id': request.id });
  });
  app.addHook('onResponse', async (request, reply) => note(request, reply, reply.statusCode));
}

/** Built, not yet listening. Throws when two routes claim one address: a bug. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { routes, authenticate, log, basePath, version, closing } = options;
  const webApp = options.web === undefined ? undefined : await openWebApp(options.web, basePath);
  if (options.web !== undefined && webApp === undefined)
    log.warn('the web app is not built', { folder: options.web });
  const note = noteRequests(options);
  const shapes = options.errorShapes ?? [];
  const answers = answersTo({ routes, shapes, basePath, log, webApp, onBroken: note });
  const app = createFastify(options, answers);
  // Answers are written as the handlers made them; their schemas are promises, kept by tests.
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(answers.toError);
  app.setNotFoundHandler(answers.toUnknownAddress);
  addHooks(app, options, note);
  await describeApi(app, { version, basePath });

  const streams = routes.filter(({ body }) => body === 'stream');
  const plain = routes.filter(({ body }) => body !== 'stream');
  const prefix = basePath;
  await app.register(
    async (scope) => {
      parseJson(scope);
      addRoutes(scope, [...plain, openapiRoute(app)], authenticate);
    },
    { prefix },
  );
  if (webApp !== undefined) await app.register((scope) => webApp.register(scope), { prefix });
  await app.register(
    async (scope) => {
      parseNothing(scope);
      addRoutes(scope, streams, authenticate);
    },
    { prefix },
  );
  await app.ready();

  const doors: Door[] = [];
  const enter = (door: Door): void => {
    doors.push(door);
    door.handOver(app.routing);
  };
  return {
    enter,
    async listen(address) {
      const door = await openDoor({ ...address, ...options });
      enter(door);
      return door.url;
    },
    async close(grace) {
      closing.abort();
      await Promise.all([app.close(), ...doors.map((door) => door.close(grace))]);
    },
  };
}
