/** `/openapi.json`: the OpenAPI 3.1 description, derived from the routes themselves. */
import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import Type from 'typebox';
import type { Route, ScopeAccess } from '../access/route.ts';
import { ProblemDetails } from '../core/frame.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route as its resource declared it. */
    readonly route?: Route;
  }
}

const titles: Readonly<Record<number, string>> = {
  200: 'Success',
  201: 'Created',
  202: 'Accepted',
  204: 'Done, nothing to say',
  304: 'Not modified',
  409: 'Conflict',
  503: 'Not now',
};

/** Role names of schemes that are not OAuth are told this way since OpenAPI 3.1. */
const securityFor = ({ scope, or }: ScopeAccess) =>
  [scope, ...(or === undefined ? [] : [or])].flatMap((each) =>
    ['bearer', 'basic', 'apiKey', 'session'].map((scheme) => ({ [scheme]: [each] })),
  );

const accessText = (route: Route): string =>
  'public' in route.access
    ? `Needs no credentials: ${route.access.public}`
    : `Needs the scope ${[route.access.scope, route.access.or]
        .filter((scope) => scope !== undefined)
        .map((scope) => `\`${scope}\``)
        .join(' or ')}. Answers for the tenant of the credentials alone.`;

/** `POST /api/quarantine/:id/replay` as `postQuarantineIdReplay`: stable, so that generated clients stay the same. */
const operationId = (route: Route): string =>
  route.method.toLowerCase() +
  route.url
    .replace(/^\/api\//, '/')
    .replace('*', 'any')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('');

const Rest = Type.Object({ rest: Type.String({ description: 'The rest of the path, slashes too.' }) });

/** What the generator reads; validation at run time uses the schemas of the route itself. */
function operation(route: Route): FastifySchema {
  const { params, querystring, body, response } = route.schema ?? {};
  const described = Object.entries(response ?? { 200: Type.Unknown() }).map(([status, schema]) => [
    status,
    { description: titles[Number(status)] ?? 'Answer', ...schema },
  ]);
  return {
    summary: route.doc,
    description: accessText(route),
    operationId: operationId(route),
    tags: [route.tag],
    produces: [route.produces ?? 'application/json'],
    security: 'public' in route.access ? [] : securityFor(route.access),
    ...(params === undefined && !route.url.endsWith('*') ? {} : { params: params ?? Rest }),
    ...(querystring === undefined ? {} : { querystring }),
    ...(body === undefined ? {} : { body }),
    response: Object.fromEntries(described),
  };
}

type Responses = Record<string, object>;
type Paths = Record<string, Record<string, { security?: unknown[]; responses?: Responses }>>;

const refusal = { $ref: '#/components/responses/Problem' };

/** Every operation can refuse; said once, referred to everywhere. */
function addRefusals(paths: Paths): void {
  for (const item of Object.values(paths)) {
    for (const one of Object.values(item)) {
      const guarded = one.security?.length !== 0 ? { '401': refusal, '403': refusal } : {};
      const success = one.responses ?? {};
      one.responses = { ...success, ...guarded, default: refusal };
    }
  }
}

/** The description itself, as a route like any other. */
export const openapiRoute = (app: FastifyInstance): Route => ({
  method: 'GET',
  url: '/openapi.json',
  doc: 'This description of the API, OpenAPI 3.1.',
  tag: 'health',
  access: { public: 'it says what can be asked, and holds nothing of anybody.' },
  handle: async () => app.swagger(),
});

export interface Description {
  readonly version: string;
  readonly basePath: string;
}

/** Must be awaited before the routes are registered: the generator watches them being added. */
export async function describeApi(app: FastifyInstance, { version, basePath }: Description): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gatescope',
        version,
        description:
          'The system of record for what happens at your API gateways and zero-trust controllers. ' +
          'Errors are problem details (RFC 9457). Within a major version changes are additive only.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: basePath === '' ? '/' : basePath }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API token.' },
          basic: { type: 'http', scheme: 'basic', description: 'Any user name, an API token as password.' },
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'authorization',
            description: '`ApiKey <token>`, or as Elasticsearch writes it: base64 of `id:token`.',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'gatescope_session',
            description:
              'Set by signing in to the web page. Unsafe methods need the header x-gatescope-csrf.',
          },
        },
      },
    },
    stripBasePath: true,
    transform: ({ schema, url, route }) => {
      const declared = route.config?.route;
      return declared === undefined
        ? { schema: { ...schema, hide: true }, url }
        : { schema: operation(declared), url: url.replace(/\*$/, ':rest') };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('the OpenAPI generator made no OpenAPI document');
      const { openapiObject } = document;
      addRefusals(openapiObject.paths as Paths);
      const problemContent = { 'application/problem+json': { schema: ProblemDetails } };
      const responses = {
        Problem: { description: 'Refused or failed; `detail` says what to do.', content: problemContent },
      };
      const components = { ...openapiObject.components, responses };
      return { ...openapiObject, components } as typeof openapiObject;
    },
  });
}
