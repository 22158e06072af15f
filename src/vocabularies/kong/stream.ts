/** Kong's record of a TCP or TLS connection through its stream proxy, written when the connection ends. */
import Type from 'typebox';
import type { Outcome } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, number, object, required } from '../fields.ts';
import { filled, listOf, microsOf, numberOf, objectOf, statusOf } from '../reading.ts';
import { outcomeOf, severityOf } from '../verdict.ts';
import { envelope, envelopeColumns, tls, triedAddresses } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  session: required.object('The connection of the caller.', {
    tls,
    received: number('Bytes from the caller.', { unit: 'By' }),
    sent: number('Bytes to the caller.', { unit: 'By' }),
    status: number('How it ended, in the manner of HTTP: 200, 403 when refused, 502 without upstream.', {
      attribute: true,
    }),
    server_port: number('Port that was connected to.', { attribute: true }),
  }),
  upstream: object('The connection to the upstream.', {
    received: number('Bytes from the upstream.', { unit: 'By' }),
    sent: number('Bytes to the upstream.', { unit: 'By' }),
  }),
  latencies: object('Where the time went.', {
    session: number('Length of the connection.', { unit: 'ms' }),
    kong: number('Time spent in Kong and its plugins.', { unit: 'ms' }),
  }),
});
const readAttributes = attributesReader(fields.properties);

/** A 502 is the upstream's, 500 and 503 are Kong's own. */
function originOf(outcome: Outcome, status: number | undefined): string | undefined {
  if (outcome === 'denied') return 'gateway';
  if (outcome === 'clientError') return 'client';
  if (outcome !== 'failure') return undefined;
  return status === 502 ? 'upstream' : 'gateway';
}

function normalise(record: GatewayRecord) {
  const session = objectOf(record.session);
  const latencies = objectOf(record.latencies);
  const tries = listOf(record.tries);
  const status = statusOf(session.status);
  const isDenied = status === 403 && tries.length === 0;
  const outcome = outcomeOf(status, isDenied);
  const addresses = triedAddresses(tries);
  const attributes = readAttributes(record) ?? {};
  if (addresses !== undefined) attributes['tries.ip'] = addresses;
  return filled({
    ...envelopeColumns(record),
    severity: severityOf(outcome),
    outcome,
    granted: isDenied ? false : tries.length > 0 ? true : undefined,
    // The one plugin of Kong's own that refuses connections.
    denialReason: isDenied ? 'ipRestriction' : undefined,
    errorOrigin: originOf(outcome, status),
    duration: microsOf(latencies.session),
    overhead: microsOf(latencies.kong),
    bytesIn: numberOf(session.received),
    bytesOut: numberOf(session.sent),
    attempts: tries.length,
    attributes,
  });
}

export const stream: EventType = {
  name: 'stream',
  doc: 'A TCP or TLS connection through Kong, from its end.',
  family: 'network',
  identity: { by: 'position' },
  fields,
  example: {
    session: {
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', client_verify: 'NONE' },
      received: 8812,
      sent: 441023,
      status: 200,
      server_port: 5432,
    },
    upstream: { received: 441023, sent: 8812 },
    latencies: { kong: 1, session: 48211 },
    tries: [
      {
        balancer_start: 1795265340043,
        balancer_start_ns: 1.7952653400431e18,
        ip: '10.0.4.12',
        port: 5432,
        balancer_latency: 0,
      },
    ],
    service: {
      id: '0a6f5b34-93f4-4c18-8f0e-1f7b5d0b7c21',
      name: 'orders-db',
      host: 'pg.internal',
      port: 5432,
      protocol: 'tcp',
    },
    route: {
      id: '5c1d9e02-7b3f-4b8b-9c0d-6e0e6a7f1d90',
      name: 'postgres',
      protocols: ['tcp', 'tls'],
      snis: ['db.acme.test'],
    },
    client_ip: '203.0.113.24',
    started_at: 1795265340042,
    workspace: 'f3811cd4-2b1a-4d0e-9f44-0f7f0b5f9f10',
    workspace_name: 'default',
  },
  normalise,
};
