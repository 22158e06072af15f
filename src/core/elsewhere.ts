/**
 * What others call the columns of an event: OpenTelemetry, the Elastic Common Schema and OCSF. For the reference pages,
 * and for whoever sends events on in those words. A column that is not here has a name in none of them.
 */
import type { ColumnName, Family } from './event.ts';

/** The releases that the names are taken from. */
export const releases = { otel: '1.45', ecs: '9.4', ocsf: '1.8' } as const;

export interface Elsewhere {
  /** Attribute of the semantic conventions; one that begins with a capital is a field of the log record itself. */
  readonly otel: string;
  /** Durations are nanoseconds there. */
  readonly ecs: string;
  /** Durations and times are milliseconds there. */
  readonly ocsf: string;
}

type Names = readonly [otel: string, ecs: string, ocsf: string];

const names: { readonly [Name in ColumnName]?: Names } = {
  id: ['log.record.uid', 'event.id', 'metadata.original_event_uid'],
  tenant: ['', 'organization.id', 'metadata.tenant_uid'],
  time: ['Timestamp', '@timestamp', 'time'],
  received: ['ObservedTimestamp', 'event.ingested', 'metadata.logged_time'],
  vocabulary: ['', 'event.module', 'metadata.product.name'],
  type: ['EventName', 'event.dataset', 'metadata.event_code'],
  family: ['', 'event.category', 'class_name'],
  action: ['', 'event.action', 'activity_name'],
  severity: ['SeverityText', 'log.level', 'severity'],
  outcome: ['', 'event.outcome', 'status'],

  gateway: ['service.name', 'observer.name', 'metadata.reporter.name'],
  node: ['service.instance.id', 'observer.hostname', 'metadata.reporter.hostname'],
  env: ['deployment.environment.name', 'service.environment', ''],
  zone: ['cloud.availability_zone', 'cloud.availability_zone', 'cloud.zone'],

  service: ['service.peer.name', 'service.name', 'api.service.name'],
  serviceId: ['', 'service.id', 'api.service.uid'],
  apiVersion: ['', 'service.version', 'api.version'],
  route: ['http.route', '', ''],
  operation: ['', '', 'api.operation'],
  product: ['', '', 'api.group.name'],

  consumer: ['', 'client.user.name', 'actor.app_name'],
  consumerId: ['enduser.id', 'client.user.id', 'actor.app_uid'],
  consumerGroups: ['', 'client.user.group.name', 'actor.user.groups[].name'],
  identityType: ['', '', 'actor.user.type'],
  user: ['user.name', 'user.name', 'actor.user.name'],
  clientIp: ['client.address', 'client.ip', 'src_endpoint.ip'],
  userAgent: ['user_agent.original', 'user_agent.original', 'http_request.user_agent'],
  country: ['geo.country.iso_code', 'client.geo.country_iso_code', 'src_endpoint.location.country'],

  method: ['http.request.method', 'http.request.method', 'http_request.http_method'],
  scheme: ['url.scheme', 'url.scheme', 'http_request.url.scheme'],
  host: ['server.address', 'url.domain', 'http_request.url.hostname'],
  path: ['url.original', 'url.original', 'http_request.url.path'],
  status: ['http.response.status_code', 'http.response.status_code', 'http_response.code'],
  protocol: ['network.protocol.name', 'network.protocol', 'http_request.version'],
  granted: ['', 'event.type', 'action'],
  nativeDenialReason: ['', 'event.reason', 'status_detail'],
  error: ['error.message', 'error.message', 'api.response.error_message'],
  message: ['Body', 'message', 'message'],

  duration: ['', 'event.duration', 'duration'],
  upstreamDuration: ['', '', 'http_response.latency'],
  bytesIn: ['http.request.size', 'http.request.bytes', 'traffic.bytes_in'],
  bytesOut: ['http.response.size', 'http.response.bytes', 'traffic.bytes_out'],

  requestId: ['', 'http.request.id', 'http_request.uid'],
  traceId: ['TraceId', 'trace.id', 'trace.uid'],
  spanId: ['SpanId', 'span.id', 'trace.span.uid'],
  entityType: ['', 'entity.type', 'resources[].type'],
  entityId: ['', 'entity.id', 'resources[].uid'],
  circuitId: ['', '', 'connection_info.uid'],

  reportedTime: ['', '', 'metadata.original_time'],
  attributes: ['Attributes', 'labels', 'unmapped'],
  raw: ['log.record.original', 'event.original', 'raw_data'],
};

const none: Names = ['', '', ''];

/** The names of a column elsewhere; '' where there is none. */
export function elsewhere(column: ColumnName): Elsewhere {
  const [otel, ecs, ocsf] = names[column] ?? none;
  return { otel, ecs, ocsf };
}

/** A class of OCSF, by which a family of events goes there. */
export interface OcsfClass {
  readonly uid: number;
  readonly name: string;
}

const baseEvent: OcsfClass = { uid: 0, name: 'Base Event' };
const httpActivity: OcsfClass = { uid: 4002, name: 'HTTP Activity' };
const networkActivity: OcsfClass = { uid: 4001, name: 'Network Activity' };
const detectionFinding: OcsfClass = { uid: 2004, name: 'Detection Finding' };

/** OCSF has no class for measurements, probes and traces: they are Base Events. */
export const ocsfClasses: Readonly<Record<Family, OcsfClass>> = {
  traffic: httpActivity,
  audit: { uid: 6003, name: 'API Activity' },
  alert: detectionFinding,
  error: { uid: 6008, name: 'Application Error' },
  violation: detectionFinding,
  health: baseEvent,
  session: { uid: 3002, name: 'Authentication' },
  network: networkActivity,
  usage: networkActivity,
  metric: baseEvent,
  performance: baseEvent,
  trace: baseEvent,
  job: { uid: 1006, name: 'Scheduled Job Activity' },
  unknown: baseEvent,
};
