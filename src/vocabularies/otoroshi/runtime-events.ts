/** What plugins, workflows and jobs of Otoroshi send beside traffic, audit and alerts. */
import type { Severity } from '../../core/event.ts';
import type { EventType } from '../../core/spec.ts';
import { list, number, object, text, time } from '../fields.ts';
import { listOf, numberOf, objectOf, textOf } from '../reading.ts';
import { ofNoRoute, otoroshiType, routeId } from './event-type.ts';
import { requestColumns, requestMembers } from './http.ts';

const routeMembers = { id: text('Its id.'), name: text('Its name.') };

/** A frame is judged by a plugin; 17.17 never sends this event. */
export const websocketEvent: EventType = otoroshiType({
  name: 'WebsocketEvent',
  doc: 'A websocket frame that a plugin rejected, or for which it closed the connection.',
  family: 'violation',
  fields: {
    reqId: text('Id of the request that opened the websocket.'),
    protocol: text('Protocol of the caller.'),
    to: object('What the caller asked for.', {
      host: text('Host and port.'),
      scheme: text('Scheme: ws or wss.'),
      uri: text('Path and query.'),
    }),
    target: object('What the gateway called.', { host: text('Host and port.', { attribute: true }) }),
    statusCode: number('Close code of the websocket.', { attribute: true }),
    reason: text('Why.'),
    frame: text('The frame.'),
    frameSize: number('Size of the frame.', { unit: 'By', attribute: true }),
  },
  example: {
    '@product': undefined,
    '@env': undefined,
    reqId: '1541238890123450001',
    protocol: 'HTTP/1.1',
    to: { host: 'live.acme.test', scheme: 'wss', uri: '/feed' },
    target: { host: 'live-1.internal:8443', scheme: 'wss', uri: '/feed' },
    statusCode: 1009,
    reason: 'frame is too large',
    frame: 'AAAA',
    frameSize: 70000,
  },
  columns(record) {
    const to = objectOf(record.to);
    return {
      severity: 'warning',
      outcome: 'denied',
      scheme: textOf(to.scheme),
      host: textOf(to.host),
      path: textOf(to.uri),
      protocol: textOf(record.protocol),
      denialReason: 'policyViolation',
      nativeDenialReason: textOf(record.reason),
      requestId: textOf(record.reqId),
    };
  },
});

/** Severities of ModSecurity: 0 is written when a rule has none. */
const grades: readonly Severity[] = [
  'warning',
  'critical',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'debug',
];

export const corazaTrailEvent: EventType = otoroshiType({
  name: 'CorazaTrailEvent',
  doc: 'Rules of the web application firewall that a call matched, whether it was blocked or not.',
  family: 'violation',
  fields: {
    msg: list('The rules that matched, each with message, uri and rule{id, file, severity}.'),
    route: object('The whole route.', routeMembers),
    request: object('The request.', requestMembers),
  },
  example: {
    ...ofNoRoute,
    '@id': '4f0c6d1e-0d1f-4c5a-9d35-2f6f3b0a1c12',
    msg: [
      {
        message: 'SQL injection attack detected',
        uri: '/v1/orders?q=1%20or%201=1',
        rule: { id: 942100, file: '@owasp_crs/REQUEST-942-APPLICATION-ATTACK-SQLI.conf', severity: 2 },
      },
    ],
    route: { id: routeId, name: 'orders-api' },
    request: {
      id: 516,
      method: 'GET',
      headers: { Host: 'orders.acme.test', 'Remote-Address': '203.0.113.24:51422' },
      tls: true,
      uri: '/v1/orders?q=1%20or%201=1',
      version: 'HTTP/1.1',
      remote: '203.0.113.24',
    },
  },
  columns(record) {
    const [first] = listOf(record.msg);
    const rule = objectOf(objectOf(first).rule);
    const route = objectOf(record.route);
    return {
      ...requestColumns(objectOf(record.request)),
      severity: grades[numberOf(rule.severity) ?? 0] ?? 'warning',
      service: textOf(route.name),
      serviceId: textOf(route.id),
      route: textOf(route.name),
      message: textOf(objectOf(first).message),
      entityType: rule.id === undefined ? undefined : 'waf-rule',
      entityId: textOf(rule.id),
    };
  },
});

const levels: ReadonlyMap<string | undefined, Severity> = new Map([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['warn', 'warning'],
  ['warning', 'warning'],
  ['error', 'error'],
  ['critical', 'critical'],
]);

export const wasmLogEvent: EventType = otoroshiType({
  name: 'WasmLogEvent',
  doc: 'A line that a WebAssembly plugin logged.',
  family: 'trace',
  fields: {
    route: object('The whole route, or null.', routeMembers),
    message: text('The line.'),
    level: text('Level, such as Info.'),
  },
  example: {
    '@product': undefined,
    '@env': undefined,
    route: { id: routeId, name: 'orders-api' },
    message: 'token has no audience',
    level: 'Warn',
  },
  columns: (record) => ({
    severity: levels.get(textOf(record.level)?.toLowerCase()) ?? 'info',
    route: textOf(objectOf(record.route).name),
    message: textOf(record.message),
  }),
});

export const apiDeploymentEvent: EventType = otoroshiType({
  name: 'ApiDeploymentEvent',
  doc: 'A draft of an API was published.',
  family: 'audit',
  fields: {
    apiRef: text('Id of the API.'),
    owner: text('Who published it.', { personal: true }),
    at: time('When.'),
    apiDefinition: object('The whole API.', { name: text('Its name.') }),
    version: text('Version that was published.'),
  },
  example: {
    '@product': undefined,
    '@env': undefined,
    '@serviceId': 'api_orders',
    '@service': 'orders',
    apiRef: 'api_orders',
    owner: 'jane@acme.test',
    at: 1767225690000,
    apiDefinition: { id: 'api_orders', name: 'orders' },
    version: '1.4.0',
  },
  columns: (record) => ({
    action: 'ApiDeploymentEvent',
    severity: 'notice',
    outcome: 'success',
    apiVersion: textOf(record.version),
    user: textOf(record.owner),
    entityType: 'api',
    entityId: textOf(record.apiRef),
  }),
});

export const workflowRunEvent: EventType = otoroshiType({
  name: 'WorkflowRunEvent',
  doc: 'A workflow ran.',
  family: 'job',
  fields: {
    input: object('What it was given.'),
    node: object('The whole workflow.', {
      id: text('Its id.'),
      kind: text('Kind of its first node.', { attribute: true }),
      description: text('What it is for.'),
    }),
    result: object('What it answered.', {
      error: object('Why it failed, or null.', { message: text('In a sentence.') }),
    }),
  },
  example: {
    ...ofNoRoute,
    '@serviceId': '',
    input: { order: 42 },
    node: { id: 'workflow_invoice', kind: 'workflow', description: 'Writes an invoice' },
    result: { returned_value: { invoice: 7 }, error: null },
  },
  columns(record) {
    const node = objectOf(record.node);
    const { error } = objectOf(record.result);
    const hasFailed = error !== undefined && error !== null;
    return {
      action: 'WorkflowRunEvent',
      severity: hasFailed ? 'error' : 'info',
      outcome: hasFailed ? 'failure' : 'success',
      message: textOf(node.description),
      error: textOf(objectOf(error).message) ?? textOf(error),
      entityType: 'workflow',
      entityId: textOf(node.id),
    };
  },
});

export const workflowEmitEvent: EventType = otoroshiType({
  name: 'WorkflowEmitEvent',
  doc: 'What a workflow chose to say; its own fields stand beside those of the envelope.',
  family: 'job',
  fields: { message: text('What it says, where it says it under this name.') },
  example: { ...ofNoRoute, '@serviceId': '', message: 'invoice written', order: 42 },
  columns: (record) => ({
    action: 'WorkflowEmitEvent',
    entityType: 'workflow',
    message: textOf(record.message),
  }),
});

export const fullStateExport: EventType = otoroshiType({
  name: 'FullStateExport',
  doc: 'The whole configuration, exported by a job; every secret in it is redacted.',
  family: 'audit',
  fields: {
    format: text('Form of the export: json or raw.', { attribute: true }),
    export: object('The whole configuration.'),
  },
  example: { ...ofNoRoute, format: 'json', export: { label: 'Otoroshi export', routes: [] } },
  columns: () => ({
    action: 'FullStateExport',
    severity: 'notice',
    outcome: 'success',
    entityType: 'global-config',
  }),
});
