/**
 * Apache HTTP Server access logs (Apache documentation, mod_log_config): lines of the `common`, `combined` and
 * `vhost_combined` forms, and JSON of a LogFormat with the names that are in use for it.
 *
 * A combined line of Apache is, byte for byte, one of NGINX: it is taken for Apache's when the sender says so (`POST
 * /ingest/apache`, `vocabulary: apache` of a file), and for NGINX's otherwise. A `vhost_combined` line is Apache's in any
 * case. Behind a line may stand `name=value` pairs, so that it says what JSON can say: Apache writes `\x16` for a byte
 * that a scanner sends, which breaks JSON and not a line.
 */
import Type from 'typebox';
import type { GatewayRecord, Vocabulary } from '../core/spec.ts';
import { writtenBy } from './access-marks.ts';
import { accessType } from './access-type.ts';
import { accessVerdict } from './access-verdict.ts';
import { type CombinedLine, readCombined, requestLine, virtualHostOf } from './combined-line.ts';
import { attributesReader, number, text, time } from './fields.ts';
import { filled, numberOf, statusOf, textOf } from './reading.ts';
import { microsFrom } from './times.ts';
import { isTraefikTail } from './traefik/line.ts';

const fields = Type.Object({
  time: time('When the request was received.'),
  remoteIP: text('Address of the caller.', { personal: true }),
  user: text('User that Apache authenticated.', { personal: true }),
  host: text('Virtual host that answered.'),
  method: text('HTTP method.'),
  request: text('Request line, or the path alone where the method has a field of its own.'),
  query: text('Query, with its question mark.'),
  protocol: text('Such as HTTP/1.1.'),
  status: number('HTTP status answered to the caller.'),
  userAgent: text('User agent.'),
  referer: text('Referring page.', { attribute: true }),
  duration: number('Time to serve the request, in microseconds (%D).'),
  process: number('Another name of duration.'),
  bytesIn: number('Bytes received, with headers (%I).', { unit: 'By' }),
  bytesOut: number('Bytes sent, with headers (%O); without them in the common and combined forms (%b).', {
    unit: 'By',
  }),
  upstream: text('Member of the balancer that was asked (%{BALANCER_WORKER_NAME}e).', { attribute: true }),
  requestId: text('Id of the request (%{UNIQUE_ID}e).'),
});
const readAttributes = attributesReader(fields.properties);

/** `%t` writes its brackets along. */
const timeOf = (value: unknown): number | undefined =>
  microsFrom(typeof value === 'string' && value.startsWith('[') ? value.slice(1, -1) : value);

function normalise(record: GatewayRecord) {
  const line = requestLine(record.request);
  const query = textOf(record.query) ?? '';
  const status = statusOf(record.status);
  const forwarded = record.upstream === undefined ? undefined : textOf(record.upstream) !== undefined;
  const user = textOf(record.user);
  const host = textOf(record.host);
  return filled({
    ...accessVerdict({ status, forwarded }),
    time: timeOf(record.time),
    service: host,
    consumer: user,
    user,
    clientIp: textOf(record.remoteIP),
    userAgent: textOf(record.userAgent),
    method: textOf(record.method) ?? line?.method,
    host,
    path: line === undefined || line.path.includes('?') ? line?.path : line.path + query,
    status,
    protocol: textOf(record.protocol) ?? line?.protocol,
    duration: numberOf(record.duration ?? record.process),
    bytesIn: numberOf(record.bytesIn),
    bytesOut: numberOf(record.bytesOut),
    requestId: textOf(record.requestId),
    attributes: readAttributes(record),
  });
}

/** `name=value` pairs behind a line, of the names above; they say it better than the line, such as the time. */
function readPairs(record: Record<string, string | undefined>, rest: string): void {
  for (const pair of rest === '' ? [] : rest.split(' ')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals);
    if (equals > 0 && Object.hasOwn(fields.properties, name)) record[name] = pair.slice(equals + 1);
  }
}

function recordOf(read: CombinedLine, host: string | undefined): GatewayRecord {
  const record: Record<string, string | undefined> = {
    time: read.time,
    remoteIP: read.address,
    user: read.user,
    host,
    request: read.request,
    status: read.status,
    userAgent: read.agent,
    referer: read.referer,
    bytesOut: read.bytes,
  };
  readPairs(record, read.rest);
  return record;
}

function parseLine(line: string, named = false): GatewayRecord | undefined {
  const server = virtualHostOf(line);
  if (!named && server === undefined) return undefined;
  const read = readCombined(server === undefined ? line : line.slice(server.length + 1));
  if (read === undefined || isTraefikTail(read.rest)) return undefined;
  return recordOf(read, server?.slice(0, server.lastIndexOf(':')));
}

const access = accessType({
  fields,
  example: {
    time: '2026-11-21T12:49:48.254+0000',
    remoteIP: '203.0.113.24',
    user: 'ana',
    host: 'orders.acme.test',
    method: 'GET',
    request: '/v1/orders',
    query: '?page=2',
    protocol: 'HTTP/1.1',
    status: '200',
    userAgent: 'acme-mobile/4.2',
    referer: 'https://shop.acme.test/',
    duration: '131402',
    bytesIn: '412',
    bytesOut: '2231',
    upstream: 'http://10.0.3.8:8080',
    requestId: 'aSBd7H8AAQEAAAfZ1xQAAAAA',
  },
  normalise,
});

const isApache = writtenBy('apache');

export const apache: Vocabulary = {
  name: 'apache',
  doc: 'Apache HTTP Server access logs, as lines of its own forms or as JSON.',
  types: [access],
  recognise: (record) => (isApache(record) ? access : undefined),
  parseLine,
};
