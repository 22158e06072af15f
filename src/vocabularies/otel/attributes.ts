/**
 * Attributes of OpenTelemetry: a list of keys and typed values as OTLP writes them in JSON, or an object. And which of
 * them fill which column (OpenTelemetry semantic conventions for HTTP: the stable names, then those before version 1.23).
 */
import type { TSchema } from 'typebox';
import { type ColumnName, columnByName } from '../../core/event.ts';
import type { GatewayRecord } from '../../core/spec.ts';
import { text } from '../fields.ts';
import { listOf, objectOf } from '../reading.ts';

const scalarOf = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const typed = value as GatewayRecord;
  return typed.stringValue ?? typed.intValue ?? typed.doubleValue ?? typed.boolValue;
};

/** The value of an AnyValue, or a bare one; of a list its first. Undefined for what has members. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return scalarOf(value[0]);
  return scalarOf(value) ?? scalarOf(listOf(objectOf(objectOf(value).arrayValue).values)[0]);
}

/** Attributes by name. */
export function attributesOf(value: unknown): GatewayRecord {
  if (!Array.isArray(value)) return objectOf(value);
  const attributes: Record<string, unknown> = Object.create(null);
  for (const pair of value) {
    const { key, value: typed } = objectOf(pair);
    if (typeof key === 'string') attributes[key] = plainValue(typed);
  }
  return attributes;
}

type Names = Readonly<Partial<Record<ColumnName, readonly string[]>>>;

/** Attributes of a log record, by the column they fill; the first that is there counts. */
export const recordNames = {
  method: ['http.request.method', 'http.method'],
  status: ['http.response.status_code', 'http.status_code'],
  route: ['http.route'],
  scheme: ['url.scheme', 'http.scheme'],
  host: ['server.address', 'http.host', 'net.host.name', 'http.server_name'],
  clientIp: ['client.address', 'http.client_ip', 'net.sock.peer.addr', 'net.peer.ip'],
  userAgent: ['user_agent.original', 'http.user_agent'],
  protocol: ['network.protocol.version', 'http.flavor'],
  bytesIn: ['http.request.size', 'http.request.body.size', 'http.request_content_length'],
  bytesOut: ['http.response.size', 'http.response.body.size', 'http.response_content_length'],
  attempts: ['http.request.resend_count', 'http.resend_count'],
  requestId: ['http.request.header.x-request-id', 'http.request.header.x_request_id'],
  consumer: ['enduser.id', 'user.name'],
  user: ['user.id', 'enduser.id', 'user.name'],
  error: ['exception.message', 'error.message', 'error.type'],
  action: ['event.name'],
  country: ['geo.country.iso_code'],
} as const satisfies Names;

/** Attributes of the resource, by the column they fill. */
export const resourceNames = {
  service: ['service.name'],
  serviceId: ['service.instance.id'],
  node: ['host.name', 'k8s.pod.name', 'k8s.node.name'],
  env: ['deployment.environment.name', 'deployment.environment'],
  zone: ['cloud.availability_zone'],
} as const satisfies Names;

/** The path and its query, or the URL that has both. */
export const pathNames = ['url.path', 'url.query', 'http.target', 'url.full', 'http.url'] as const;
/** How long the request took, which has no name in the conventions for logs: that of the metric, in seconds. */
export const durationName = 'http.server.request.duration';

const fills = (names: Names): Record<string, TSchema> =>
  Object.fromEntries(
    Object.entries(names).flatMap(([column, from]) => {
      const { personal } = columnByName.get(column) ?? {};
      const notes = personal === true ? { personal } : {};
      return from.map((name) => [name, text(`Fills ${column}.`, notes)]);
    }),
  );

/** What is known of the attributes of a log record and of its resource, for their description. */
export const knownOfRecord: Readonly<Record<string, TSchema>> = {
  ...fills(recordNames),
  ...fills({ path: pathNames, duration: [durationName] }),
};
export const knownOfResource: Readonly<Record<string, TSchema>> = fills(resourceNames);

/** The first of `names` that is there. */
export function firstNamed(attributes: GatewayRecord, names: readonly string[]): unknown {
  for (const name of names) {
    const value = plainValue(attributes[name]);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/**
 * The attributes that fill no column, under their own names; undefined when there are none. The record's count before
 * those of its scope, and these before those of its resource.
 */
export function furtherAttributes(
  record: GatewayRecord,
  scope: GatewayRecord,
  resource: GatewayRecord,
): Record<string, string> | undefined {
  let further: Record<string, string> | undefined;
  const put = (attributes: GatewayRecord, known: Readonly<Record<string, TSchema>>): void => {
    for (const name in attributes) {
      if (Object.hasOwn(known, name)) continue;
      const value = plainValue(attributes[name]);
      if (value === undefined || value === null || value === '' || typeof value === 'object') continue;
      further ??= {};
      further[name] ??= String(value);
    }
  };
  put(record, knownOfRecord);
  put(scope, {});
  put(resource, knownOfResource);
  return further;
}
