/** Sample calls as Envoy writes them with the keys of Istio, as in `examples/envoy/`. */
import { type Call, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt } from '../ids.ts';
import type { Refusal } from '../world.ts';

/** Response flags and details by which Envoy refuses. */
function refusedBy(refusal: Refusal): readonly [flags: string, details: string] {
  if (refusal.reason === 'rateOrQuotaExceeded') return ['RL', 'local_rate_limited'];
  if (refusal.reason === 'invalidCredentials') return ['-', 'jwt_authn_access_denied{Jwt_is_expired}'];
  if (refusal.reason === 'policyViolation') return ['UAEX', 'ext_authz_denied'];
  return ['-', 'rbac_access_denied_matched_policy[none]'];
}

function endOf({ refusal, status, sequence }: Call): readonly [flags: string, details: string] {
  if (refusal !== undefined) return refusedBy(refusal);
  if (status === 503) return sequence % 2 === 0 ? ['UH', 'no_healthy_upstream'] : ['UF', 'upstream_reset'];
  return status === 504 ? ['UT', 'upstream_response_timeout'] : ['-', 'via_upstream'];
}

function access(call: Call): string {
  const { route, consumer, backend } = call;
  const [flags, details] = endOf(call);
  const reached = backend !== undefined && flags !== 'UH';
  return JSON.stringify({
    start_time: new Date(call.time - call.duration).toISOString(),
    method: call.method,
    path: call.uri,
    protocol: 'HTTP/2',
    response_code: statusOf(call),
    response_flags: flags,
    response_code_details: details,
    connection_termination_details: null,
    upstream_transport_failure_reason: flags === 'UF' ? 'delayed_connect_error:_111' : null,
    bytes_received: call.bytesIn,
    bytes_sent: call.bytesOut,
    duration: call.duration,
    upstream_service_time: reached ? String(backend) : null,
    x_forwarded_for: consumer.ip,
    user_agent: consumer.agent,
    request_id: uuidAt(call.time, call.requestId),
    authority: route.host,
    upstream_host: reached ? `10.0.3.${7 + call.node}:8080` : null,
    upstream_cluster: `outbound|8080||${route.service}`,
    downstream_remote_address: `${consumer.ip}:${40_000 + (call.sequence % 20_000)}`,
    requested_server_name: route.host,
    route_name: route.service,
    traceparent: `00-${uuidAt(call.time, call.requestId).replaceAll('-', '')}-${call.requestId}-01`,
  });
}

export const envoy: Dialect = { vocabulary: 'envoy', share: 0.06, call: (call) => [access(call)] };
