/**
 * The Elasticsearch stand-in under `/es`: gateways and shippers that know `_bulk` send here as to Elasticsearch itself.
 * Bulk requests and single documents go down the main street; the rest is the handshake.
 *
 * Every answer carries `X-Elastic-Product`, without which the official clients refuse to work.
 */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GuardedRoute, Principal } from '../access/route.ts';
import type { Receipt, Verdict } from '../core/ingest.ts';
import { ok } from '../core/result.ts';
import type { Protocol } from '../core/spec.ts';
import { type BulkAction, bulkNoting } from '../protocols/elasticsearch-bulk.ts';
import { bulkAnswer, elasticRefusal } from './elasticsearch-bulk-answer.ts';
import { createHandshake, elasticError, standardVersion } from './elasticsearch-handshake.ts';
import { refusalError } from './http.ts';
import { type HttpDoor, takeIn } from './read-request.ts';

export { elasticError } from './elasticsearch-handshake.ts';

/** Where the stand-in lies. */
export const elasticPrefix = '/es';
export const elasticHeaders: Readonly<Record<string, string>> = { 'x-elastic-product': 'Elasticsearch' };
/** What a 401 adds, so that clients that know user and password try with them. */
export const elasticChallenge = 'Basic realm="security", charset="UTF-8"';

const errorTypes: Readonly<Record<number, string>> = {
  400: 'illegal_argument_exception',
  401: 'security_exception',
  403: 'security_exception',
  404: 'resource_not_found_exception',
  405: 'illegal_argument_exception',
  408: 'timeout_exception',
  413: 'content_too_long_exception',
  415: 'illegal_argument_exception',
  503: 'es_rejected_execution_exception',
};

/** How the server writes errors below the prefix. */
export const elasticErrors = {
  prefix: elasticPrefix,
  headers: elasticHeaders,
  body: ({ status, detail }: { readonly status: number; readonly detail: string }): unknown =>
    elasticError(status, errorTypes[status] ?? 'internal_server_error', detail),
};

type Call = Parameters<GuardedRoute['handle']>[0];

/** Segments of the path below the prefix, each decoded once: an index may be named `<logs-{now/d}-1>`. */
function segmentsOf(request: FastifyRequest): string[] {
  const pattern = request.routeOptions.url ?? elasticPrefix;
  const prefix = pattern.replace(/\/\*$/, '');
  const path = (request.url.split('?', 1)[0] ?? '').replace(/\/+/g, '/');
  const decode = (segment: string): string => {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  };
  return path
    .slice(prefix.length)
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
}

/** As Elasticsearch warns; its clients show or log it. Source: Elasticsearch documentation, REST API, `Warning`. */
function warn(reply: FastifyReply, { pastRetention = [] }: Receipt): void {
  const warnings = pastRetention.map(
    ({ count, reason }) => `299 Elasticsearch-${standardVersion} "${count} accepted events are ${reason}"`,
  );
  if (warnings.length > 0) reply.header('warning', warnings);
}

/** A body that is one document, under the id in the address. */
const document = (id: string | undefined): Protocol => ({
  name: 'document',
  doc: 'One JSON object.',
  example: '{"status":200}',
  decode: (body) => ok([{ bytes: body, line: 1, byte: 0, ...(id === undefined ? {} : { id }) }]),
});

function documentAnswer(reply: FastifyReply, index: string, verdict: Verdict | undefined): unknown {
  if (verdict?.kind === 'accepted' || verdict?.kind === 'duplicate') {
    const isNew = verdict.kind === 'accepted';
    reply.code(isNew ? 201 : 200);
    return {
      _index: index,
      _type: '_doc',
      _id: verdict.id,
      _version: 1,
      result: isNew ? 'created' : 'noop',
      _shards: { total: 1, successful: 1, failed: 0 },
      _seq_no: 0,
      _primary_term: 1,
    };
  }
  const [status, type, reason] =
    verdict === undefined ? [400, 'parse_exception', 'request body is required'] : elasticRefusal(verdict);
  reply.code(status as number);
  return elasticError(status as number, type as string, reason as string);
}

export function elasticsearchReceiver(door: HttpDoor): readonly GuardedRoute[] {
  const handshake = createHandshake();
  const receiver = 'elasticsearch';

  async function bulk(index: string, { principal, request, reply }: Call): Promise<unknown> {
    const began = door.clock();
    const actions: BulkAction[] = [];
    const protocol = bulkNoting((action) => actions.push(action));
    const receipt = await takeIn(door, receiver, principal, request, () => ok({ protocol }));
    if (!receipt.ok) throw refusalError(receipt.error);
    warn(reply, receipt.value);
    const took = Math.round((door.clock() - began) / 1000);
    const pieces = await bulkAnswer(actions, receipt.value.verdicts, index, took);
    if (pieces.length === 1) return pieces[0];
    reply.header(
      'content-length',
      pieces.reduce((sum, { length }) => sum + length, 0),
    );
    return Readable.from(pieces);
  }

  async function single(index: string, id: string | undefined, call: Call): Promise<unknown> {
    const protocol = document(id);
    const receipt = await takeIn(door, receiver, call.principal, call.request, () => ok({ protocol }));
    if (!receipt.ok) throw refusalError(receipt.error);
    warn(call.reply, receipt.value);
    return documentAnswer(call.reply, index, receipt.value.verdicts[0]);
  }

  function greet(
    path: readonly string[],
    principal: Principal,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    request.raw.resume();
    const { method } = request;
    const { 'user-agent': userAgent = '', host = 'localhost' } = request.headers;
    const answer = handshake({ method, path, tenant: principal.tenant, userAgent, host });
    if (answer === undefined)
      throw refusalError({ status: 400, reason: `no handler found for [${method} /${path.join('/')}]` });
    reply.code(answer.status);
    return answer.body ?? '';
  }

  async function handle(call: Call): Promise<unknown> {
    const { principal, request, reply } = call;
    reply.headers(elasticHeaders).type('application/json');
    const path = segmentsOf(request);
    const writes = request.method === 'POST' || request.method === 'PUT';
    const [index = '', kind, id] = path;
    if (writes && path.length <= 3 && path.at(-1) === '_bulk')
      return bulk(path.length === 1 ? '' : index, call);
    if (writes && path.length <= 3 && (kind === '_doc' || kind === '_create')) return single(index, id, call);
    return greet(path, principal, request, reply);
  }

  // HEAD first: the server would make its own from GET.
  return (['HEAD', 'GET', 'POST', 'PUT', 'DELETE'] as const).flatMap((method) =>
    [elasticPrefix, `${elasticPrefix}/*`].map((url) => ({
      method,
      url,
      doc: 'Elasticsearch stand-in: bulk requests, documents, and what clients ask before them.',
      tag: 'ingest',
      access: { scope: 'ingest' as const },
      body: 'stream' as const,
      handle,
    })),
  );
}
