/**
 * OpenTelemetry log records in JSON (OpenTelemetry logs data model, OTLP/JSON): one LogRecord with its resource beside
 * it, as OTLP names things or as the Collector's Elasticsearch exporter does in its `otel` mapping, or an export of one
 * log record, into which the `otlp-json` protocol cuts an export. A record whose attributes are those of an HTTP request
 * is traffic.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord, Vocabulary } from '../../core/spec.ts';
import { writtenBy } from '../access-marks.ts';
import { accessVerdict } from '../access-verdict.ts';
import { list, number, object, text, time } from '../fields.ts';
import {
  filled,
  listOf,
  microsOfSeconds,
  numberOf,
  objectOf,
  statusOf,
  textOf,
  urlParts,
} from '../reading.ts';
import { severityAt, severityIn } from '../severity.ts';
import { microsFrom } from '../times.ts';
import {
  attributesOf,
  durationName,
  firstNamed,
  furtherAttributes,
  knownOfRecord,
  knownOfResource,
  plainValue,
  recordNames,
  resourceNames,
} from './attributes.ts';

const fields = Type.Object({
  timeUnixNano: time('When it happened, in nanoseconds since 1970; 0 when not known.'),
  observedTimeUnixNano: time('When it was noticed.'),
  '@timestamp': time('When it happened, in the Elasticsearch exporter’s words.'),
  observed_timestamp: time('When it was noticed, in the Elasticsearch exporter’s words.'),
  severityNumber: number('From 1 to 24, four each of trace, debug, info, warn, error and fatal.'),
  severity_number: number('The same, in the Elasticsearch exporter’s words.'),
  severityText: text('Severity in the words of the source.'),
  severity_text: text('The same, in the Elasticsearch exporter’s words.'),
  eventName: text('Name of the event.'),
  event_name: text('The same, in the Elasticsearch exporter’s words.'),
  body: object('What the record says: text, or a value with its type.'),
  attributes: object('Of the record; those that fill no column are attributes of the event.', knownOfRecord),
  resource: object('What the record comes from.', {
    attributes: object('Of the resource; treated as those of the record.', knownOfResource),
  }),
  scope: object(
    'What made the record: its name and version, and its attributes, are attributes of the event.',
  ),
  traceId: text('Trace id.'),
  trace_id: text('The same, in the Elasticsearch exporter’s words.'),
  spanId: text('Span id.'),
  span_id: text('The same, in the Elasticsearch exporter’s words.'),
  flags: number('W3C trace flags.'),
  resourceLogs: list('A whole export: resources, their scopes, their log records.'),
});

interface Read {
  readonly log: GatewayRecord;
  readonly scope: GatewayRecord;
  readonly resource: GatewayRecord;
}

/** The log record, its scope and its resource: those of the first record of an export. */
function unwrap(record: GatewayRecord): Read {
  if (record.resourceLogs === undefined)
    return { log: record, scope: objectOf(record.scope), resource: objectOf(record.resource) };
  const first = objectOf(listOf(record.resourceLogs)[0]);
  const ofScope = objectOf(listOf(first.scopeLogs)[0]);
  const log = objectOf(listOf(ofScope.logRecords)[0]);
  return { log, scope: objectOf(ofScope.scope), resource: objectOf(first.resource) };
}

/** Its attributes, and its name and version as the conventions name them outside OTLP. */
function scopeAttributes({ name, version, attributes }: GatewayRecord): GatewayRecord {
  const own = attributesOf(attributes);
  return name === undefined ? own : { ...own, 'otel.scope.name': name, 'otel.scope.version': version };
}

function countLogs(record: GatewayRecord): number {
  let count = 0;
  for (const resource of listOf(record.resourceLogs))
    for (const scope of listOf(objectOf(resource).scopeLogs))
      count += listOf(objectOf(scope).logRecords).length;
  return count;
}

/** 0 stands for "not known". */
function timeOf(log: GatewayRecord): number | undefined {
  return (
    microsFrom(log.timeUnixNano) ??
    microsFrom(log['@timestamp']) ??
    microsFrom(log.observedTimeUnixNano) ??
    microsFrom(log.observed_timestamp)
  );
}

const messageOf = (body: unknown): string | undefined =>
  textOf(plainValue(body)) ?? textOf(objectOf(body).text);

/** Columns that every log record may fill. */
function readLog({ log, scope, resource }: Read, attributes: GatewayRecord) {
  const origin = attributesOf(resource.attributes);
  return {
    time: timeOf(log),
    severity:
      severityAt(log.severityNumber ?? log.severity_number) ??
      severityIn(log.severityText ?? log.severity_text) ??
      'info',
    action: textOf(log.eventName ?? log.event_name) ?? textOf(firstNamed(attributes, recordNames.action)),
    service: textOf(firstNamed(origin, resourceNames.service)),
    serviceId: textOf(firstNamed(origin, resourceNames.serviceId)),
    node: textOf(firstNamed(origin, resourceNames.node)),
    env: textOf(firstNamed(origin, resourceNames.env)),
    zone: textOf(firstNamed(origin, resourceNames.zone)),
    consumer: textOf(firstNamed(attributes, recordNames.consumer)),
    user: textOf(firstNamed(attributes, recordNames.user)),
    error: textOf(firstNamed(attributes, recordNames.error)),
    message: messageOf(log.body),
    traceId: textOf(log.traceId ?? log.trace_id),
    spanId: textOf(log.spanId ?? log.span_id),
    attributes: furtherAttributes(attributes, scopeAttributes(scope), origin),
  };
}

function urlOf(attributes: GatewayRecord) {
  const query = textOf(attributes['url.query']);
  const path = textOf(attributes['url.path']);
  const whole = urlParts(attributes['url.full'] ?? attributes['http.url']);
  const target = textOf(attributes['http.target']);
  const own =
    path === undefined ? target : query === undefined ? path : `${path}?${query.replace(/^\?/, '')}`;
  return { ...whole, path: own ?? whole.path };
}

/** `HTTP/2` of the conventions' bare `2`. */
const protocolOf = (version: string | undefined): string | undefined =>
  version === undefined || !/^\d/.test(version) ? version : `HTTP/${version}`;

function normaliseHttp(record: GatewayRecord) {
  const read = unwrap(record);
  const attributes = attributesOf(read.log.attributes);
  const status = statusOf(firstNamed(attributes, recordNames.status));
  const url = urlOf(attributes);
  const log = readLog(read, attributes);
  const verdict = accessVerdict({ status, forwarded: undefined, word: log.error });
  return filled({
    ...log,
    ...verdict,
    severity: status === undefined ? log.severity : verdict.severity,
    route: textOf(firstNamed(attributes, recordNames.route)),
    clientIp: textOf(firstNamed(attributes, recordNames.clientIp)),
    userAgent: textOf(firstNamed(attributes, recordNames.userAgent)),
    country: textOf(firstNamed(attributes, recordNames.country)),
    method: textOf(firstNamed(attributes, recordNames.method)),
    scheme: textOf(firstNamed(attributes, recordNames.scheme)) ?? url.scheme,
    host: textOf(firstNamed(attributes, recordNames.host)) ?? url.host,
    path: url.path,
    status,
    protocol: protocolOf(textOf(firstNamed(attributes, recordNames.protocol))),
    duration: microsOfSeconds(plainValue(attributes[durationName])),
    bytesIn: numberOf(firstNamed(attributes, recordNames.bytesIn)),
    bytesOut: numberOf(firstNamed(attributes, recordNames.bytesOut)),
    attempts: resent(numberOf(firstNamed(attributes, recordNames.attempts))),
    requestId: textOf(firstNamed(attributes, recordNames.requestId)),
  });
}
const resent = (count: number | undefined): number | undefined =>
  count === undefined ? undefined : count + 1;

function normaliseLog(record: GatewayRecord) {
  const read = unwrap(record);
  return filled({ ...readLog(read, attributesOf(read.log.attributes)), outcome: 'unknown' });
}

function normaliseExport(record: GatewayRecord) {
  const read = unwrap(record);
  const { time, service, node, env, zone } = readLog(read, {});
  const message = `an export of ${countLogs(record)} log records`;
  return filled({ time, severity: 'info', outcome: 'unknown', service, node, env, zone, message });
}

const attribute = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
});
const resource = {
  attributes: [
    attribute('service.name', 'orders'),
    attribute('host.name', 'edge-1'),
    attribute('deployment.environment.name', 'prod'),
  ],
};
const times = { timeUnixNano: '1795265388254118402', observedTimeUnixNano: '1795265388260000000' };

const http: EventType = {
  name: 'http',
  doc: 'A log record of one HTTP request.',
  family: 'traffic',
  identity: { by: 'position' },
  fields,
  example: {
    ...times,
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: 'GET /v1/orders 200' },
    attributes: [
      attribute('http.request.method', 'GET'),
      attribute('url.path', '/v1/orders'),
      attribute('url.query', 'page=2'),
      attribute('url.scheme', 'https'),
      attribute('http.route', '/v1/orders'),
      attribute('http.response.status_code', 200),
      attribute('http.response.body.size', 1862),
      attribute('server.address', 'orders.acme.test'),
      attribute('client.address', '203.0.113.24'),
      attribute('user_agent.original', 'acme-mobile/4.2'),
      attribute('network.protocol.version', '2'),
    ],
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    flags: 1,
    resource,
  },
  normalise: normaliseHttp,
};

const log: EventType = {
  name: 'log',
  doc: 'Any other log record.',
  family: 'unknown',
  identity: { by: 'position' },
  fields,
  example: {
    ...times,
    severityNumber: 13,
    severityText: 'WARN',
    eventName: 'pool.exhausted',
    body: { stringValue: 'no free connection to the database for 2 s' },
    attributes: [],
    resource,
  },
  normalise: normaliseLog,
};

const several: EventType = {
  name: 'export',
  doc: 'An export that could not be taken apart: without log records, or sent as a document of a bulk request.',
  family: 'unknown',
  identity: { by: 'position' },
  fields,
  example: {
    resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords: [log.example, log.example] }] }],
  },
  normalise: normaliseExport,
};

const isOtel = writtenBy('otel');
const httpNames: readonly string[] = [...recordNames.method, ...recordNames.status];

function typeOf(record: GatewayRecord): EventType {
  if (record.resourceLogs !== undefined && countLogs(record) !== 1) return several;
  const { attributes } = unwrap(record).log;
  const isHttp = Array.isArray(attributes)
    ? attributes.some((pair) => httpNames.includes(String(objectOf(pair).key)))
    : httpNames.some((name) => objectOf(attributes)[name] !== undefined);
  return isHttp ? http : log;
}

export const otel: Vocabulary = {
  name: 'otel',
  doc: 'OpenTelemetry log records, those of HTTP requests by the semantic conventions.',
  types: [http, log, several],
  recognise: (record) => (isOtel(record) ? typeOf(record) : undefined),
};
