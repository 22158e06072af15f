/**
 * Lines in Envoy's default form, and in Istio's, which has three words more behind the flags and seven behind the end
 * (Envoy documentation, "Default Format String"; Istio documentation, "Envoy Access Logs"). Nothing in them is escaped.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { requestLine } from '../combined-line.ts';
import { LineCursor } from '../line-cursor.ts';

const endNames = ['x_forwarded_for', 'user_agent', 'request_id', 'authority', 'upstream_host'];
const istioNames = [
  'upstream_cluster',
  'upstream_local_address',
  'downstream_local_address',
  'downstream_remote_address',
  'requested_server_name',
  'route_name',
];
const status = /^\d{1,3}$/;
const number = /^\d+$/;

/** The line as a record with the names of Istio's JSON; undefined when it is in neither form. */
export function readEnvoyLine(line: string): GatewayRecord | undefined {
  const cursor = new LineCursor(line.trimEnd());
  const start = cursor.bracketed(40);
  const request = start === undefined || start.includes(' ') ? undefined : cursor.plainQuoted();
  const code = request === undefined ? undefined : cursor.word();
  if (code === undefined || !status.test(code)) return undefined;
  // What is no HTTP has neither method nor path.
  const read = request === '- - -' ? undefined : requestLine(request);
  const record: Record<string, string | undefined> = {
    start_time: start,
    method: read?.method,
    path: read?.path,
    protocol: read?.protocol,
    response_code: code,
    response_flags: cursor.word(),
  };
  let received = cursor.word();
  if (received !== undefined && !number.test(received)) {
    record.response_code_details = received;
    record.connection_termination_details = cursor.word();
    record.upstream_transport_failure_reason = cursor.plainQuoted();
    received = cursor.word();
  }
  record.bytes_received = received;
  record.bytes_sent = cursor.word();
  record.duration = cursor.word();
  record.upstream_service_time = cursor.word();
  for (const name of endNames) record[name] = cursor.plainQuoted();
  if (record.upstream_host === undefined) return undefined;
  for (const name of istioNames) record[name] = cursor.word();
  return record;
}
