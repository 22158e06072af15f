/** Sample calls as FlowGenX writes them (FlowGenX audit logs and analytics, "Log Format"). */
import type { Call } from '../call.ts';
import type { Dialect } from '../dialect.ts';

function accessRecord(call: Call): string {
  const groups = call.consumer.groups.map((group) => `"${group}"`).join(',');
  return (
    `{"timestamp":"${new Date(call.time).toISOString()}","consumer_id":"${call.consumer.name}","consumer_groups":[${groups}],` +
    `"request":{"path":"${call.uri}","method":"${call.method}","ip":"${call.consumer.ip}","user_agent":"${call.consumer.agent}"},` +
    `"response":{"status":${call.status},"duration_ms":${call.duration}},` +
    `"access":{"granted":${call.refusal === undefined},"reason":${call.refusal === undefined ? 'null' : `"${call.refusal.flowgenx}"`}}}`
  );
}

export const flowgenx: Dialect = {
  vocabulary: 'flowgenx',
  share: 0.09,
  call: (call) => [accessRecord(call)],
};
