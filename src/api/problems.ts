/** Whatever goes wrong in a request, as problem details (RFC 9457) that say what to do. */
import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { ApiError } from '../access/api-error.ts';
import type { ProblemDetails } from '../core/frame.ts';

export const problemType = 'application/problem+json; charset=utf-8';

/** Titles name the kind of problem; its `type` is a URN made of them, to be compared and not to be visited. */
const urn = (title: string): string =>
  `urn:gatescope:problem:${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;

export const problem = (
  status: number,
  title: string,
  detail: string,
  errors: ProblemDetails['errors'] = [],
): ProblemDetails => ({
  type: urn(title),
  title,
  status,
  detail,
  ...(errors.length === 0 ? {} : { errors }),
});

const places: Readonly<Record<string, string>> = {
  querystring: 'query parameters',
  params: 'path',
  body: 'body',
  headers: 'headers',
};

/** `/measures/0` as `measures.0`. */
const dotted = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');

const under = (base: string, name: string): string => (base === '' ? name : `${base}.${name}`);

function fieldErrors(error: FastifySchemaValidationError): { path: string; reason: string }[] {
  const base = dotted(error.instancePath);
  const named = (key: string) => error.params[key] as readonly string[];
  switch (error.keyword) {
    case 'required':
      return named('requiredProperties').map((name) => ({ path: under(base, name), reason: 'is required' }));
    case 'additionalProperties':
      return named('additionalProperties').map((name) => ({
        path: under(base, name),
        reason: 'is not known here; see /openapi.json',
      }));
    case 'enum':
      return [
        { path: base, reason: `must be one of ${(error.params.allowedValues as string[]).join(', ')}` },
      ];
    default:
      return [{ path: base, reason: error.message ?? `fails ${error.keyword}` }];
  }
}

function invalid(errors: readonly FastifySchemaValidationError[], place: string): ProblemDetails {
  const where = places[place] ?? place;
  const found = errors.flatMap(fieldErrors);
  const first = found[0];
  const say = first === undefined ? '' : `: ${first.path === '' ? 'it' : first.path} ${first.reason}`;
  return problem(400, 'Invalid request', `The ${where} of the request cannot be used${say}.`, found);
}

/** Refusals that Fastify makes before a handler runs. */
function refusalOfServer(error: FastifyError): ProblemDetails | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem(413, 'Body too large', 'A JSON body here may have 1 MB. Send less.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem(
        415,
        'Unknown content type',
        'Send JSON with the header content-type: application/json.',
      );
    case 'FST_ERR_BAD_URL':
      return problem(
        400,
        'Invalid URL',
        'The path is not valid percent-encoding. Encode it as RFC 3986 says.',
      );
    default: {
      const status = error.statusCode ?? 500;
      if (status < 400 || status >= 500) return undefined;
      // The message of a parser quotes the body.
      const detail =
        error instanceof SyntaxError ? 'The body is no valid JSON. Send one JSON value.' : error.message;
      return problem(status, 'Invalid request', detail);
    }
  }
}

/** The problem to answer with, and whether it is our fault, which belongs in the log. */
export function problemOf(
  thrown: unknown,
  requestId: string,
): { readonly details: ProblemDetails; readonly retryAfter?: number; readonly bug: boolean } {
  if (thrown instanceof ApiError) {
    const details = problem(thrown.status, thrown.title, thrown.detail, [...thrown.errors]);
    const retry = thrown.retryAfter === undefined ? {} : { retryAfter: thrown.retryAfter };
    return { details, ...retry, bug: false };
  }
  const error = thrown as FastifyError;
  if (error?.validation !== undefined) {
    return { details: invalid(error.validation, error.validationContext ?? 'request'), bug: false };
  }
  const refusal = error instanceof Error ? refusalOfServer(error) : undefined;
  if (refusal !== undefined) return { details: refusal, bug: false };
  const detail = `Something broke inside Gatescope. Its log says more under request ${requestId}.`;
  return { details: problem(500, 'Internal error', detail), bug: true };
}
