/**
 * FlowGenX access logs, in the form its documentation gives them (FlowGenX audit logs and analytics, "Log Format").
 *
 * FlowGenX runs on Kong: what Kong's own log plugins write of the same requests is the vocabulary `kong`.
 */
import Type from 'typebox';
import type { DenialReason } from '../core/event.ts';
import type { EventType, GatewayRecord, Vocabulary } from '../core/spec.ts';
import { flag, list, number, object, required, text, time } from './fields.ts';
import { groupsOf } from './kong/envelope.ts';
import { filled, flagOf, microsOf, objectOf, statusOf, textOf } from './reading.ts';
import { microsFrom } from './times.ts';
import { denialReasonOf, outcomeOf, severityOf } from './verdict.ts';

const fields = Type.Object({
  timestamp: time('When the request was made, RFC 3339.'),
  consumer_id: text('Name of the consumer.', { personal: true }),
  consumer_groups: list('ACL groups of the consumer.'),
  request: required.object('What was asked.', {
    path: text('Path asked for.'),
    method: text('HTTP method.'),
    ip: text('Address of the caller.', { personal: true }),
    user_agent: text('User agent.'),
  }),
  response: object('What was answered.', {
    status: number('HTTP status.'),
    duration_ms: number('Time to process the request.', { unit: 'ms' }),
  }),
  access: required.object('What access control said.', {
    granted: flag('Whether the request was let through.'),
    reason: text(
      'Why not, such as No ACL groups assigned or Time restriction violation; null when it was let through.',
    ),
  }),
});

/** A reason about a route may speak of the groups that lack it. Codes are read as their words. */
function reasonOf(reason: string | undefined, status: number | undefined): DenialReason {
  const words = reason?.replaceAll(/[_-]/g, ' ');
  return words !== undefined && /^route\b/i.test(words) ? 'routeNotAllowed' : denialReasonOf(words, status);
}

function normalise(record: GatewayRecord) {
  const request = objectOf(record.request);
  const response = objectOf(record.response);
  const access = objectOf(record.access);
  const status = statusOf(response.status);
  const granted = flagOf(access.granted);
  const outcome = outcomeOf(status, granted === undefined ? undefined : !granted);
  const isDenied = outcome === 'denied';
  const reason = textOf(access.reason);
  const consumer = textOf(record.consumer_id);
  return filled({
    time: microsFrom(record.timestamp),
    severity: severityOf(outcome),
    outcome,
    consumer,
    consumerId: consumer,
    consumerGroups: groupsOf(record.consumer_groups),
    clientIp: textOf(request.ip),
    userAgent: textOf(request.user_agent),
    method: textOf(request.method),
    path: textOf(request.path),
    status,
    granted: granted ?? (isDenied ? false : undefined),
    denialReason: isDenied ? reasonOf(reason, status) : undefined,
    nativeDenialReason: isDenied ? reason : undefined,
    errorOrigin: isDenied ? 'gateway' : outcome === 'clientError' ? 'client' : undefined,
    duration: microsOf(response.duration_ms),
  });
}

const access: EventType = {
  name: 'access',
  doc: 'One request, and whether access control let it through.',
  family: 'traffic',
  identity: { by: 'position' },
  fields,
  example: {
    timestamp: '2026-01-15T10:30:45Z',
    consumer_id: 'mobile-app',
    consumer_groups: ['api-readers', 'mobile-apps'],
    request: {
      path: '/api/users',
      method: 'GET',
      ip: '192.168.1.100',
      user_agent: 'FlowGenX-Mobile/1.0',
    },
    response: { status: 403, duration_ms: 3 },
    access: { granted: false, reason: 'Route not in allowed list' },
  },
  normalise,
};

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const flowgenx: Vocabulary = {
  name: 'flowgenx',
  doc: 'FlowGenX access logs.',
  types: [access],
  recognise: (record) =>
    isObject(record.access) &&
    isObject(record.request) &&
    record.timestamp !== undefined &&
    record.started_at === undefined &&
    record['@type'] === undefined
      ? access
      : undefined,
};
