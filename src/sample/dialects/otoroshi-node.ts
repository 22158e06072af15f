/** What every record of the sample's Otoroshi has: an id, and the worker that wrote it. */
const zones = ['zone-a', 'zone-b', 'zone-a'];
/** Where a record comes from: the end of each. */
export const place = (node: number): string =>
  `"user-agent-details":null,"origin-details":null,"instance-number":${node},"instance-name":"otoroshi-worker-${node + 1}",` +
  `"instance-zone":"${zones[node]}","instance-region":"eu-west","instance-dc":"dc1","instance-provider":"local",` +
  `"instance-rack":"rack-1","cluster-mode":"Worker","cluster-name":"shop-gateways"`;

/** Ids in the form of Otoroshi's snowflakes, 19 digits: the time and a sequence number. */
export const snowflake = (time: number, sequence: number): string =>
  `${time - 1_000_000_000_000}${String(sequence % 10_000_000).padStart(7, '0')}`;

/** A record that concerns no route unless `fields` say so. */
export const otoroshiRecord = (
  { id, time, node }: { readonly id: string; readonly time: number; readonly node: number },
  fields: object,
): string =>
  `${JSON.stringify({
    '@id': id,
    '@timestamp': time,
    '@product': 'otoroshi',
    '@serviceId': '--',
    '@service': 'Otoroshi',
    '@env': 'prod',
    ...fields,
  }).slice(0, -1)},${place(node)}}`;
