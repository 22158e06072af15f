/** How an event type of Otoroshi is made: from what it has beside the envelope that all of them share. */
import Type, { type TSchema } from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader } from '../fields.ts';
import { type Columns, filled } from '../reading.ts';
import { enrichment, envelope, envelopeColumns } from './envelope.ts';

type OwnPart = Pick<EventType, 'name' | 'doc' | 'family' | 'names'> & {
  /** By `@id` unless it says otherwise. */
  readonly identity?: EventType['identity'];
  readonly fields: Readonly<Record<string, TSchema>>;
  /** What stands between envelope and enrichment in the example; undefined takes a field of theirs away. */
  readonly example: GatewayRecord;
  /** Its columns; they go before those of the envelope, also where they are undefined. */
  columns(record: GatewayRecord): Partial<Columns>;
};

/** In examples: a route, the envelope of what concerns none, and the API key by which the admin API is called. */
export const routeId = 'route_5f0c6d1e-0d1f-4c5a-9d35-2f6f3b0a1c11';
export const ofNoRoute: GatewayRecord = { '@serviceId': '--', '@service': 'Otoroshi' };
export const adminKey: GatewayRecord = {
  clientId: 'admin-api-apikey-id',
  clientSecret: '[redacted]',
  clientName: 'Otoroshi Backoffice ApiKey',
  authorizedGroup: 'admin-api-group',
  enabled: true,
};

/** A record as a real node would send it, with `own` between envelope and enrichment. */
export function exampleOf(name: string, own: GatewayRecord): GatewayRecord {
  const example = {
    '@id': '1541238892555000444',
    '@timestamp': 1767225690000,
    '@type': name,
    '@product': 'otoroshi',
    '@serviceId': routeId,
    '@service': 'orders-api',
    '@env': 'prod',
    ...own,
    'user-agent-details': null,
    'origin-details': null,
    'instance-number': 0,
    'instance-name': 'otoroshi-worker-1',
    'instance-zone': 'zone-a',
    'instance-region': 'eu-west',
    'instance-dc': 'dc1',
    'instance-provider': 'local',
    'instance-rack': 'rack-1',
    'cluster-mode': 'Worker',
    'cluster-name': 'otoroshi-worker-pool',
  };
  return Object.fromEntries(Object.entries(example).filter(([, value]) => value !== undefined));
}

export function otoroshiType({ fields: own, example, columns, ...rest }: OwnPart): EventType {
  const fields = Type.Object({ ...envelope, ...own, ...enrichment });
  const readAttributes = attributesReader(fields.properties);
  return {
    identity: { by: 'native', paths: ['@id'] },
    ...rest,
    fields,
    example: exampleOf(rest.name, example),
    normalise: (record) =>
      filled(Object.assign(envelopeColumns(record), { attributes: readAttributes(record) }, columns(record))),
  };
}
