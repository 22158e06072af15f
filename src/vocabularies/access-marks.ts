/**
 * Which gateway wrote a record of an access log. Most leave the names of the members to the operator, and the names of
 * one are in use with another: HAProxy's forms say `remote_addr` as NGINX does. So the marks of all stand here, in the
 * order in which they count, and a record is only ever one gateway's.
 */
import type { GatewayRecord } from '../core/spec.ts';
import { objectOf } from './reading.ts';

type Test = (record: GatewayRecord) => boolean;

/** At least `least` of `names` are there. */
function has(least: number, names: readonly string[]): Test {
  return (record) => {
    let found = 0;
    for (const name of names) if (record[name] !== undefined && ++found === least) return true;
    return false;
  };
}

/** `name` is there in any case: one look tells for most records that are not this gateway's. */
const needs =
  (name: string, test: Test): Test =>
  (record) =>
    record[name] !== undefined && test(record);

const isCaddy: Test = ({ logger, request }) =>
  typeof logger === 'string' &&
  (logger.startsWith('http.log.access') || logger.startsWith('http.log.error')) &&
  objectOf(request) === request;

/** A log record as OTLP writes it in JSON, as the Collector's Elasticsearch exporter does, or a whole export of them. */
const isOtel: Test = (record) =>
  Array.isArray(record.resourceLogs) ||
  (record.timeUnixNano ?? record.observedTimeUnixNano) !== undefined ||
  (record.observed_timestamp !== undefined && record.severity_number !== undefined) ||
  (record['@timestamp'] !== undefined &&
    objectOf(record.resource) === record.resource &&
    objectOf(record.attributes) === record.attributes);

const tests = {
  traefik: has(3, [
    'DownstreamStatus',
    'OriginStatus',
    'RouterName',
    'ServiceURL',
    'StartUTC',
    'ClientAddr',
    'ClientHost',
    'RequestMethod',
    'RequestPath',
    'OriginDuration',
    'Overhead',
  ]),
  caddy: isCaddy,
  haproxy: needs(
    'termination_state',
    has(2, [
      'frontend_name',
      'frontend',
      'fe_name',
      'backend_name',
      'backend',
      'be_name',
      'bytes_read',
      'bytes_uploaded',
      'upstream_addr',
      'remote_addr',
      'client_ip',
      'Ta',
      'retries',
    ]),
  ),
  envoy: needs(
    'response_code',
    has(3, [
      'response_flags',
      'response_code_details',
      'start_time',
      'authority',
      ':authority',
      'x-envoy-origin-path',
      'upstream_host',
      'upstream_cluster',
      'upstream_service_time',
      'upstream_local_address',
      'downstream_remote_address',
      'downstream_local_address',
      'requested_server_name',
      'route_name',
    ]),
  ),
  apache: needs('remoteIP', has(2, ['request', 'query', 'method', 'status', 'userAgent', 'referer'])),
  nginx: has(4, [
    'remote_addr',
    'remote_user',
    'request_method',
    'request_uri',
    'request_time',
    'body_bytes_sent',
    'bytes_sent',
    'time_iso8601',
    'time_local',
    'server_protocol',
    'http_user_agent',
    'upstream_addr',
    'upstream_response_time',
  ]),
  otel: isOtel,
} as const satisfies Readonly<Record<string, Test>>;

/** Whether a record is from the access log of `gateway`. Asked for each record: its own mark is looked at first. */
export function writtenBy(gateway: keyof typeof tests): Test {
  const own = tests[gateway];
  const earlier = Object.values(tests).slice(0, Object.keys(tests).indexOf(gateway));
  return (record) =>
    own(record) && record['@type'] === undefined && !earlier.some((isTheirs) => isTheirs(record));
}
