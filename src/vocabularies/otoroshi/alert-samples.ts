/** What alerts bring beside the envelope, as their examples show it: one piece for each shape. */
import type { GatewayRecord } from '../../core/spec.ts';
import { auditNamed } from './audit-actions.ts';
import { adminKey, ofNoRoute, routeId } from './event-type.ts';

export const service: GatewayRecord = { id: routeId, name: 'orders-api' };
export const breaker: GatewayRecord = {
  '@service': 'Otoroshi',
  target: { host: 'orders-1.internal:8443', scheme: 'https', weight: 1, protocol: 'HTTP/1.1' },
  service,
};
export const apikey: GatewayRecord = {
  clientId: 'ak_mobile_01',
  clientName: 'Mobile application',
  clientSecret: '[redacted]',
  dailyQuota: 100000,
};
export const quotas = (reason: string) => ({
  ...ofNoRoute,
  apikey,
  remaining: {
    authorizedCallsPerDay: 100000,
    currentCallsPerDay: 100000,
    remainingCallsPerDay: 0,
    authorizedCallsPerMonth: 2000000,
    currentCallsPerMonth: 812000,
    remainingCallsPerMonth: 1188000,
  },
  reason,
});
export const certificate: GatewayRecord = {
  ...ofNoRoute,
  certificate: { id: 'cert_orders', domain: 'orders.acme.test', privateKey: '[redacted]', to: 1795438251000 },
};
const person = { name: 'Jane Admin', email: 'jane@acme.test' };
export const login: GatewayRecord = {
  ...ofNoRoute,
  userName: 'Jane Admin',
  userEmail: 'jane@acme.test',
  user: person,
  userRandomId: '[redacted]',
  provider: 'local',
};
export const byPerson: GatewayRecord = { ...ofNoRoute, user: person };
export const seenRequest: GatewayRecord = {
  id: 516,
  method: 'POST',
  headers: { Host: 'orders.acme.test', 'Remote-Address': '203.0.113.24:58228' },
  cookies: [],
  tls: true,
  uri: '/checkout',
  path: '/checkout',
  version: 'HTTP/1.1',
  remote: '203.0.113.24',
};
export const polyfill: GatewayRecord = {
  ...ofNoRoute,
  route: service,
  payload: '<html><script src="https://cdn.polyfill.io/v3/polyfill.min.js"></script></html>',
  occurences_nbr: 1,
  occurences: ['https://cdn.polyfill.io/v3/polyfill.min.js'],
  request: seenRequest,
};

/** The audit event inside an alert about a change. */
const audit = (action: string, message: string, metadata: GatewayRecord): GatewayRecord => ({
  '@id': '1541238892555000443',
  '@timestamp': 1767225689998,
  '@type': 'AuditEvent',
  audit: 'AdminApiEvent',
  user: null,
  apiKey: adminKey,
  action,
  from: 'otoroshi-admin-internal-api.oto.tools',
  message,
  metadata,
});
export const change = (action: string): GatewayRecord => ({
  ...ofNoRoute,
  adminApiAlert: true,
  user: adminKey,
  audit_payload: audit(action, auditNamed(action).about?.doc ?? action, { id: 'entity_1' }),
});
export const aboutAdmin = (action: string): GatewayRecord => ({
  ...ofNoRoute,
  event: audit(action, auditNamed(action).about?.doc ?? action, { username: 'bob@acme.test' }),
  user: {},
});
