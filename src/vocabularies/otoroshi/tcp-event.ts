/** Otoroshi's TcpEvent: one for each connection through the TCP proxy, made when it ends. */
import type { Outcome } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { number, object, text } from '../fields.ts';
import { addressOf, microsOf, numberOf, objectOf, textOf } from '../reading.ts';
import { severityOf } from '../verdict.ts';
import { otoroshiType } from './event-type.ts';

const fields = {
  reqId: text('Id of the connection.'),
  protocol: text('Tcp or Tcp/Tls.'),
  port: number('Port that was connected to.', { attribute: true }),
  to: object('What the caller asked for.', {
    host: text('Name from the TLS handshake (SNI); `*` without routing by it, `no-sni` when it gave none.'),
    scheme: text('Tcp or Tcp/Tls.'),
    uri: text('Always empty.'),
  }),
  target: object('Where the connection went.', {
    host: text('Host, optionally a slash and its address, and port; `--` when none was chosen.', {
      attribute: true,
    }),
    scheme: text('Tcp or Tcp/Tls.'),
    uri: text('Always empty.'),
  }),
  remote: text('Address and port of the caller, behind a slash.', { personal: true }),
  local: text('Address and port of the gateway, behind a slash.'),
  duration: number('Length of the connection; 0 when it failed before it was routed.', { unit: 'ms' }),
  overhead: number('Time spent in Otoroshi.', { unit: 'ms' }),
  data: object('Bytes carried.', {
    dataIn: number('From the caller.', { unit: 'By' }),
    dataOut: number('To the caller.', { unit: 'By' }),
  }),
  gwError: text('Why the connection failed.'),
  service: object('The whole TCP service.', {
    id: text('Its id.'),
    name: text('Its name.'),
  }),
};

function columns(record: GatewayRecord) {
  const to = objectOf(record.to);
  const data = objectOf(record.data);
  const error = textOf(record.gwError);
  const outcome: Outcome = error === undefined ? 'success' : 'failure';
  const host = textOf(to.host);
  return {
    severity: severityOf(outcome),
    outcome,
    product: textOf(record['@product']),
    clientIp: addressOf(record.remote),
    scheme: textOf(to.scheme),
    host: host === '*' || host === 'no-sni' ? undefined : host,
    protocol: textOf(record.protocol),
    errorOrigin: error === undefined ? undefined : 'upstream',
    error,
    duration: microsOf(record.duration),
    overhead: microsOf(record.overhead),
    bytesIn: numberOf(data.dataIn),
    bytesOut: numberOf(data.dataOut),
    requestId: textOf(record.reqId),
  };
}

export const tcpEvent: EventType = otoroshiType({
  name: 'TcpEvent',
  doc: 'A connection through the TCP proxy, from its end.',
  family: 'network',
  fields,
  example: {
    '@product': undefined,
    '@env': undefined,
    '@serviceId': 'tcp_service_7a2c',
    '@service': 'postgres-front',
    reqId: '1541238893000000001',
    protocol: 'Tcp/Tls',
    port: 5432,
    to: { host: 'db.acme.test', scheme: 'Tcp/Tls', uri: '' },
    target: { host: 'pg-1.internal/10.0.4.12:5432', scheme: 'Tcp', uri: '' },
    remote: '/203.0.113.24:51422',
    local: '/10.0.0.5:5432',
    duration: 48211,
    overhead: 3,
    data: { dataIn: 88120, dataOut: 4410233 },
    gwError: null,
    service: { id: 'tcp_service_7a2c', name: 'postgres-front', enabled: true },
  },
  columns,
});
