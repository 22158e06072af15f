/**
 * The cast of the sample traffic: a shop with a few busy APIs and many quiet ones, consumers from one heavy mobile
 * app to hundreds of partners, and the ways in which a gateway refuses them.
 */
import type { DenialReason } from '../core/event.ts';

export interface Route {
  readonly id: string;
  readonly service: string;
  readonly product: string;
  readonly host: string;
  /** Path with `{id}` where a number goes. */
  readonly path: string;
  readonly methods: readonly string[];
  /** Median time of the backend in milliseconds. */
  readonly backend: number;
  /** Median size of an answer in bytes. */
  readonly size: number;
}

export interface Consumer {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly plan: string;
  readonly agent: string;
  readonly ip: string;
  /** Signs in as a person rather than with an API key. */
  readonly person: boolean;
}

const apis: readonly (readonly [
  service: string,
  product: string,
  paths: readonly string[],
  backend: number,
  size: number,
])[] = [
  [
    'orders-api',
    'shop',
    ['/v1/orders', '/v1/orders/{id}', '/v1/orders/{id}/lines', '/v1/returns'],
    38,
    2_400,
  ],
  ['catalog-api', 'shop', ['/v2/products', '/v2/products/{id}', '/v2/search', '/v2/categories'], 21, 9_800],
  ['cart-api', 'shop', ['/v1/carts/{id}', '/v1/carts/{id}/items', '/v1/vouchers'], 14, 1_200],
  ['payments-api', 'finance', ['/v1/payments', '/v1/payments/{id}', '/v1/refunds'], 160, 900],
  ['identity-api', 'platform', ['/oauth/token', '/userinfo', '/v1/sessions'], 45, 700],
  ['inventory-api', 'logistics', ['/v1/stock/{id}', '/v1/warehouses', '/v1/reservations'], 29, 1_700],
  ['shipping-api', 'logistics', ['/v1/shipments', '/v1/shipments/{id}', '/v1/rates'], 88, 2_100],
  ['pricing-api', 'shop', ['/v1/prices', '/v1/prices/{id}'], 9, 600],
  ['reviews-api', 'shop', ['/v1/reviews', '/v1/reviews/{id}'], 33, 5_400],
  ['notifications-api', 'platform', ['/v1/messages', '/v1/devices'], 52, 300],
  ['reports-api', 'finance', ['/v1/reports/{id}', '/v1/exports'], 740, 48_000],
  ['partners-api', 'finance', ['/v1/partners', '/v1/invoices/{id}'], 61, 3_200],
];
const methodsOf = (path: string): readonly string[] => {
  if (path === '/oauth/token') return ['POST'];
  return path.includes('{id}') ? ['GET', 'GET', 'GET', 'PUT', 'DELETE'] : ['GET', 'GET', 'GET', 'POST'];
};

export const routes: readonly Route[] = apis.flatMap(([service, product, paths, backend, size]) =>
  paths.map((path, index) => ({
    id: `route_${service.replace('-api', '')}_${index + 1}`,
    service,
    product,
    host: `${service.replace('-api', '')}.shop.example`,
    path,
    methods: methodsOf(path),
    backend: backend * (1 + index * 0.3),
    size,
  })),
);

/** Names of the APIs. */
export const services: readonly string[] = apis.map(([service]) => service);

const agents = [
  'shop-mobile/7.4.1 (iOS 19.2)',
  'shop-mobile/7.4.0 (Android 17)',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
  'okhttp/5.3.0',
  'python-requests/2.33.1',
  'Go-http-client/2.0',
  'PostmanRuntime/8.1.0',
];
const named: readonly (readonly [id: string, name: string, groups: readonly string[], plan: string])[] = [
  ['ak_mobile', 'mobile-app', ['api-readers', 'mobile-apps'], 'gold'],
  ['ak_web', 'web-shop', ['api-readers', 'api-writers'], 'gold'],
  ['ak_pos', 'point-of-sale', ['api-writers', 'stores'], 'gold'],
  ['ak_bi', 'business-intelligence', ['reporting'], 'silver'],
  ['ak_carrier', 'carrier-bridge', ['logistics'], 'silver'],
  ['ak_market', 'marketplace', ['partners', 'api-writers'], 'gold'],
];
/** Staff of the shop; the first administer its gateways. */
export const people: readonly string[] = [
  'ana.sousa',
  'ben.okafor',
  'chen.li',
  'dora.weiss',
  'emil.novak',
  'farah.haddad',
  'gus.moreau',
  'hana.sato',
];

/** Documentation addresses of RFC 5737, so that nobody's real address is shown. */
const address = (place: number): string =>
  place % 2 === 0 ? `203.0.113.${(place * 7) % 254}` : `198.51.100.${(place * 11) % 254}`;

export const consumers: readonly Consumer[] = [
  ...named.map(([id, name, groups, plan], place) => ({
    id,
    name,
    groups,
    plan,
    agent: agents[place % 7] as string,
    ip: address(place),
    person: false,
  })),
  ...people.map((name, place) => ({
    id: `${name}@shop.example`,
    name,
    groups: ['staff'],
    plan: '',
    agent: agents[2 + (place % 2)] as string,
    ip: address(40 + place),
    person: true,
  })),
  ...Array.from({ length: 300 }, (_, place) => ({
    id: `ak_partner_${place + 1}`,
    name: `partner-${String(place + 1).padStart(3, '0')}`,
    groups: ['partners'],
    plan: place % 5 === 0 ? 'silver' : 'bronze',
    agent: agents[4 + (place % 4)] as string,
    ip: address(60 + place),
    person: false,
  })),
];

/** How a gateway refuses: our reason, Otoroshi's words and status, FlowGenX's words. */
export interface Refusal {
  readonly reason: DenialReason;
  readonly status: number;
  readonly otoroshi: string;
  readonly flowgenx: string;
}

export const refusals: readonly Refusal[] = [
  { reason: 'invalidCredentials', status: 401, otoroshi: 'bad apikey', flowgenx: 'Invalid credentials' },
  { reason: 'invalidCredentials', status: 400, otoroshi: 'no apikey', flowgenx: 'Invalid credentials' },
  {
    reason: 'rateOrQuotaExceeded',
    status: 429,
    otoroshi: 'You performed too much requests',
    flowgenx: 'Rate limit exceeded',
  },
  { reason: 'routeNotAllowed', status: 403, otoroshi: 'Forbidden', flowgenx: 'Route not in allowed list' },
  {
    reason: 'ipRestriction',
    status: 403,
    otoroshi: 'Your IP address is not allowed',
    flowgenx: 'IP restriction violation',
  },
  {
    reason: 'noAclGroups',
    status: 403,
    otoroshi: 'Not authorized by group',
    flowgenx: 'No ACL groups assigned',
  },
  {
    reason: 'timeRestriction',
    status: 403,
    otoroshi: 'Outside of the allowed time window',
    flowgenx: 'Time restriction violation',
  },
  {
    reason: 'policyViolation',
    status: 403,
    otoroshi: 'Blocked by the WAF',
    flowgenx: 'Blocked by policy',
  },
  { reason: 'other', status: 403, otoroshi: 'Closed by the operator', flowgenx: 'Closed by the operator' },
];
