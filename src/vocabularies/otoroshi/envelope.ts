/** What every Otoroshi event carries (Otoroshi events documentation; as a real 17.17 sends it). */
import type { GatewayRecord } from '../../core/spec.ts';
import { number, object, required, text, time } from '../fields.ts';
import { objectOf, textOf } from '../reading.ts';
import { microsFromMillis } from '../times.ts';

/** Fields in front of every event. */
export const envelope = {
  '@type': required.text('Class of the event, such as GatewayEvent.'),
  '@id': text(
    'Id of the event: a snowflake number as text, or what looks like a UUID but may have nine digits in front.',
  ),
  '@timestamp': time('When the event was made, in milliseconds since 1970.'),
  '@product': text('The route’s metadata entry `product`; for audit and alert the name of the producer.'),
  '@serviceId': text('Id of the route or service, `--` for admin events, `none` when no route matched.'),
  '@service': text('Name of the route or service, `Otoroshi` for admin events.'),
  '@env': text('Name of the environment; not in every type.'),
};

/** Fields that the exporter adds behind every event. */
export const enrichment = {
  'user-agent-details': object('What the user agent is, when a plugin asked for it.', {
    browser: text('Name of the browser.', { attribute: true, unknown: ['Default Browser'] }),
    platform: text('Operating system.', { attribute: true, unknown: ['Unknown'] }),
    device_type: text('Kind of device.', { attribute: true, unknown: ['Unknown'] }),
  }),
  'origin-details': object('Where the caller is, when a plugin asked for it.', {
    country_code: text('Country of the caller, ISO 3166-1 alpha-2.'),
  }),
  'instance-number': number('Number of the node.'),
  'instance-name': text('Name of the node.'),
  'instance-zone': text('Zone of the node, `local` by default.'),
  'instance-region': text('Region of the node, `local` by default.', { attribute: true }),
  'instance-dc': text('Data centre of the node, `local` by default.', { attribute: true }),
  'instance-provider': text('Provider of the node, `local` by default.'),
  'instance-rack': text('Rack of the node, `local` by default.'),
  'cluster-mode': text('Off, Leader or Worker.', { attribute: true }),
  'cluster-name': text('Name of the cluster node; `none` without a cluster, random unless configured.'),
};

/** `otoroshi-leader-GRS0mmbLad2PVKWI`: drawn anew at each start, so it names nothing. */
const random = /^otoroshi-(leader|worker)-[A-Za-z0-9]{16}$/;

/** The cluster, or the node when that has no lasting name. */
export function gatewayOf(record: GatewayRecord): string | undefined {
  const cluster = textOf(record['cluster-name']);
  return cluster === undefined || cluster === 'none' || random.test(cluster)
    ? textOf(record['instance-name'])
    : cluster;
}

/** Text that is not one of the names by which Otoroshi says "none". */
export function nameOf(value: unknown): string | undefined {
  const name = textOf(value);
  return name === 'none' ? undefined : name;
}

/** The columns that envelope and enrichment fill. As a service, `Otoroshi` is only its name for itself. */
export function envelopeColumns(record: GatewayRecord) {
  const service = nameOf(record['@service']);
  return {
    time: microsFromMillis(record['@timestamp']),
    gateway: gatewayOf(record),
    node: textOf(record['instance-name']),
    env: textOf(record['@env']),
    zone: textOf(record['instance-zone']),
    service: service === 'Otoroshi' ? undefined : service,
    serviceId: nameOf(record['@serviceId']),
    country: textOf(objectOf(record['origin-details']).country_code),
  };
}
