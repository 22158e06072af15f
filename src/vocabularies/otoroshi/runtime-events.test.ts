import { describe, expect, it } from 'vitest';
import { eventOf } from '../../../test/otoroshi-records.ts';
import { httpAccessEvent } from './http-access-event.ts';
import {
  apiDeploymentEvent,
  corazaTrailEvent,
  fullStateExport,
  wasmLogEvent,
  websocketEvent,
  workflowEmitEvent,
  workflowRunEvent,
} from './runtime-events.ts';

describe('what plugins, workflows and jobs send', () => {
  it('a rejected websocket frame is a violation, refused by policy', () => {
    expect(eventOf(websocketEvent.example)).toMatchObject({
      family: 'violation',
      outcome: 'denied',
      denialReason: 'policyViolation',
      nativeDenialReason: 'frame is too large',
      host: 'live.acme.test',
      attributes: { statusCode: '1009', frameSize: '70000' },
    });
  });

  it('a match of the firewall has the message and the severity of its first rule', () => {
    const { example } = corazaTrailEvent;
    expect(eventOf(example)).toMatchObject({
      family: 'violation',
      severity: 'critical',
      service: 'orders-api',
      clientIp: '203.0.113.24',
      message: 'SQL injection attack detected',
      entityId: '942100',
    });
    expect(eventOf({ ...example, msg: [{ message: 'odd', rule: { severity: 0 } }] }).severity).toBe(
      'warning',
    );
    expect(eventOf({ ...example, msg: [] }).severity).toBe('warning');
  });

  it('a line of a WebAssembly plugin has the severity of its level', () => {
    expect(eventOf(wasmLogEvent.example)).toMatchObject({
      severity: 'warning',
      message: 'token has no audience',
    });
    expect(eventOf({ ...wasmLogEvent.example, level: 'Info' }).severity).toBe('info');
  });

  it('the publication of an API is an audit event: who, which, in which version', () => {
    expect(eventOf(apiDeploymentEvent.example)).toMatchObject({
      family: 'audit',
      action: 'ApiDeploymentEvent',
      user: 'jane@acme.test',
      entityType: 'api',
      entityId: 'api_orders',
      apiVersion: '1.4.0',
    });
  });

  it('a workflow fails with its error', () => {
    const { example } = workflowRunEvent;
    expect(eventOf(example)).toMatchObject({
      family: 'job',
      outcome: 'success',
      entityId: 'workflow_invoice',
    });
    expect(eventOf({ ...example, result: { error: { message: 'no such order' } } })).toMatchObject({
      outcome: 'failure',
      severity: 'error',
      error: 'no such order',
    });
  });

  it('what a workflow says keeps its own fields as attributes', () => {
    expect(eventOf(workflowEmitEvent.example)).toMatchObject({
      service: undefined,
      message: 'invoice written',
      attributes: { order: '42' },
    });
  });

  it('an export of the configuration keeps it in raw alone', () => {
    const event = eventOf({
      ...fullStateExport.example,
      export: { clientSecret: 'hunter2', label: 'all of it' },
    });
    expect(event).toMatchObject({ family: 'audit', attributes: { format: 'json' } });
    expect(event.raw).not.toContain('hunter2');
    expect(JSON.stringify({ ...event, raw: '' })).not.toContain('all of it');
  });
});

describe('a line of the access log', () => {
  it('is a second look at a call: a trace that joins with its request', () => {
    expect(eventOf(httpAccessEvent.example)).toMatchObject({
      family: 'trace',
      outcome: 'success',
      requestId: '1541238890123450001',
      consumerId: 'ak_mobile_01',
      identityType: 'APIKEY',
      user: undefined,
      duration: 131_000,
      bytesOut: 1862,
      userAgent: 'acme-mobile/4.2',
      path: '/v1/orders/42',
    });
  });

  it('cannot tell a refusal but by its status, when Otoroshi made the answer', () => {
    const refused = { ...httpAccessEvent.example, status: 403, error: true, errorMsg: 'Forbidden' };
    expect(eventOf(refused)).toMatchObject({ outcome: 'denied', error: 'Forbidden' });
    expect(eventOf({ ...refused, error: false }).outcome).toBe('clientError');
  });
});
