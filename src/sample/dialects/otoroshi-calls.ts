/**
 * What Otoroshi keeps of single calls beside their GatewayEvent: captures and the steps of a few, errors whose answer was
 * rewritten, and what the web application firewall saw in those it refused.
 */
import type { Call } from '../call.ts';
import { uuidAt } from '../ids.ts';
import { otoroshiRecord, snowflake } from './otoroshi-node.ts';

/** One whole call in so many is captured. */
const captured = 20;

const requestOf = ({ route, consumer, method, uri, time, sequence, requestId }: Call) => ({
  id: `${snowflake(time, sequence)}00000`,
  method,
  headers: {
    Host: route.host,
    'User-Agent': consumer.agent,
    Authorization: `Bearer ${requestId}`,
    'Remote-Address': `${consumer.ip}:${40_000 + (sequence % 20_000)}`,
  },
  cookies: [],
  tls: true,
  uri,
  version: 'HTTP/1.1',
  remote: consumer.ip,
});

type Say = (call: Call) => object;

const capture: Say = (call) => {
  const { route, method, uri, status, sequence } = call;
  const request = requestOf(call);
  const answer = {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: 1000 + (sequence % 9000), service: route.service, state: 'open' }),
  };
  return {
    '@type': 'TrafficCaptureEvent',
    route: { id: route.id, name: route.service },
    request: method === 'GET' ? request : { ...request, has_body: true, body: '{"sku":"A-1","quantity":2}' },
    backend_request: { id: request.id, method, url: `https://${route.service}-1.internal:8443${uri}` },
    backend_response: answer,
    response: answer,
  };
};

const steps: Say = (call) => {
  const { route, backend = 0, overhead, duration, time, requestId } = call;
  const began = time - duration;
  const step = (task: string, start: number, stop: number) => ({
    task,
    start,
    stop,
    duration: stop - start,
    duration_ns: (stop - start) * 1_000_000,
  });
  const asked = began + Math.ceil(overhead / 2);
  return {
    '@type': 'RequestFlowReport',
    route: { id: route.id, name: route.service },
    report: {
      id: uuidAt(time, requestId),
      creation: new Date(began).toISOString(),
      termination: new Date(time).toISOString(),
      duration,
      duration_ns: duration * 1_000_000,
      overhead,
      overhead_ns: overhead * 1_000_000,
      overhead_in: asked - began,
      overhead_out: overhead - (asked - began),
      state: 'Successful',
      steps: [
        step('start-handling', began, began),
        step('find-route', began, asked),
        step('call-backend', asked, asked + backend),
        step('request-success', asked + backend, time),
      ],
    },
  };
};

const rewritten: Say = (call) => ({
  '@type': 'ErrorRewriteReport',
  error_id: uuidAt(call.time, call.requestId),
  request_id: snowflake(call.time, call.sequence),
  request: { ...requestOf(call), url: call.uri },
  original_response: { status: call.status, headers: {}, cookies: [], body: 'connection pool is empty' },
  sent_response: {
    status: call.status,
    headers: { 'content-type': 'application/json' },
    cookies: [],
    body: '{"error":"try again in a moment"}',
  },
});

const firewall: Say = (call) => ({
  '@type': 'CorazaTrailEvent',
  msg: [
    {
      message: 'SQL injection attack detected',
      uri: call.uri,
      rule: { id: 942_100, file: '@owasp_crs/REQUEST-942-APPLICATION-ATTACK-SQLI.conf', severity: 2 },
    },
  ],
  route: { id: call.route.id, name: call.route.service },
  request: requestOf(call),
});

/** `whole`: captures too. */
export function keptOf(call: Call, whole: boolean): readonly string[] {
  const { refusal, status, sequence, time, node } = call;
  const kept: Say[] = [];
  if (refusal?.reason === 'policyViolation') kept.push(firewall);
  if (status >= 500) kept.push(rewritten);
  if (whole && refusal === undefined && sequence % captured === 0) kept.push(capture, steps);
  return kept.map((say, place) =>
    otoroshiRecord({ id: snowflake(time, sequence + 1_000_000 * (place + 1)), time, node }, say(call)),
  );
}
