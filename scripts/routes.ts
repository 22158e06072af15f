/** The reference page of the HTTP API, made from the routes themselves. */
import Type, { type TSchema } from 'typebox';
import type { Route } from '../src/access/route.ts';
import { sessionRoutes } from '../src/access/session-routes.ts';
import { tenantRoutes } from '../src/access/tenant-routes.ts';
import { tokenRoutes } from '../src/access/token-routes.ts';
import { type ApiParts, apiRoutes } from '../src/api/routes.ts';
import { ProblemDetails } from '../src/core/frame.ts';
import { elasticsearchReceiver } from '../src/receivers/elasticsearch.ts';
import { httpReceiver } from '../src/receivers/http.ts';

/** Routes are described here, none is called, so what they would work with may be absent. */
const absent = <T>(parts: object = {}): T => parts as T;

const routes = (): readonly Route[] => [
  ...httpReceiver(absent()),
  ...elasticsearchReceiver(absent()),
  ...apiRoutes(absent<ApiParts>({ reader: {}, vocabularies: [], live: {}, health: {} })),
  ...sessionRoutes(absent()),
  ...tokenRoutes(absent()),
  ...tenantRoutes(absent()),
];

interface Notes {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function kindOf(schema: TSchema): string {
  const { type, format, enum: values } = schema as Notes;
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  if (Type.IsArray(schema)) return `list of ${kindOf(schema.items)}`;
  if (Type.IsUnion(schema)) return schema.anyOf.map(kindOf).join(' or ');
  return format ?? type ?? 'any';
}

const fieldRows = (place: string, schema: TSchema | undefined): string[] =>
  schema === undefined || !Type.IsObject(schema)
    ? []
    : Object.entries(schema.properties).map(([name, field]) => {
        const must = schema.required?.includes(name) === true ? ', required' : '';
        const { description = '' } = field as Notes;
        return `| \`${name}\` | ${place}${place === 'answer' ? '' : must} | ${cell(kindOf(field))} | ${cell(description)} |`;
      });

const accessOf = ({ access }: Route): string =>
  'public' in access
    ? `Needs no credentials: ${access.public}`
    : `Needs the scope \`${access.scope}\`${access.or === undefined ? '' : ` or \`${access.or}\``}.`;

/** Routes that say the same of themselves, such as those of a stand-in, are one section. */
function section(alike: readonly Route[]): string[] {
  const [route] = alike as [Route];
  const methods = [...new Set(alike.map(({ method }) => method))].join(', ');
  const urls = [...new Set(alike.map(({ url }) => url))].join(', ');
  const { params, querystring, body, response = {} } = route.schema ?? {};
  const [answer] = Object.values(response);
  const rows = [
    ...fieldRows('path', params),
    ...fieldRows('query', querystring),
    ...fieldRows('body', body),
    ...fieldRows('answer', answer),
  ];
  const table = ['| field | place | kind | meaning |', '|---|---|---|---|', ...rows, ''];
  return [
    `### ${methods} ${urls}`,
    '',
    `${route.doc} ${accessOf(route)}`,
    '',
    ...(rows.length === 0 ? [] : table),
  ];
}

const sectionsOf = (routes: readonly Route[]): string[] =>
  [...Map.groupBy(routes, ({ doc }) => doc).values()].flatMap(section);

/** Markdown; ends with a line feed. */
export function apiPage(): string {
  const byTag = Map.groupBy(routes(), ({ tag }) => tag);
  return [
    '# HTTP API',
    '',
    'Generated from the routes; do not edit. A running server describes itself at `/openapi.json` in full.',
    '',
    'Every answer is about the tenant of the credentials: a token as `Bearer`, as the password of `Basic` or as `ApiKey`,',
    'or the cookie of a signed-in person. A scope holds others: `admin` every one, `read:raw` also `read`.',
    '',
    '## Errors',
    '',
    'Problem details (RFC 9457), `application/problem+json`; below `/es` as Elasticsearch writes them.',
    '',
    '| field | place | kind | meaning |',
    '|---|---|---|---|',
    ...fieldRows('answer', ProblemDetails),
    '',
    ...[...byTag].flatMap(([tag, some]) => [`## ${tag}`, '', ...sectionsOf(some)]),
  ].join('\n');
}
