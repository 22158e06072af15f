/**
 * What OpenZiti's routers count on circuits, as bytes that add up (OpenZiti events documentation; as a real 1.7 sends
 * it). Six kinds tell of two directions: an upload is `ingress.rx` where the client's router reads it, and again
 * `egress.tx` and `fabric.*` further on; a download is `egress.rx` where the host's router reads it. Only these two
 * count: they are always there, and each byte is in them once.
 *
 * Parts of an interval come one by one, early or late: each is an event of its own, to be added. Where a network tells the
 * same counts in several forms (versions 2 and 3, both spellings of the namespace), the form that tells first of a router,
 * kind and interval is believed, and the others are passed over.
 */

import { number, text } from '../vocabularies/fields.ts';
import { numberOf, objectOf, textOf } from '../vocabularies/reading.ts';
import { derivedType } from './derived.ts';
import type { Fold, FoldInput } from './fold.ts';

const transfer = derivedType({
  name: 'transfer',
  doc: 'Bytes that a client exchanged with a service over a circuit in a part of an interval; they are to be added up.',
  family: 'usage',
  columns: [
    'gateway',
    'node',
    'service',
    'serviceId',
    'consumer',
    'consumerId',
    'bytesIn',
    'bytesOut',
    'circuitId',
  ],
  fields: {
    hostName: text('Identity that hosts the service, by name or id.', { attribute: true }),
    hostId: text('Identity that hosts the service, by id.', { attribute: true }),
    router: text('Router that counted, by name or id.', { attribute: true }),
    interval: number('Length of the interval that began at the time of the event, in seconds.', {
      unit: 's',
      attribute: true,
    }),
  },
  example: {
    vocabulary: 'openziti',
    type: 'transfer',
    id: 'sha256:0b7d5e1c9f3a42681f7e6d5c4b3a2910/transfer',
    causedBy: 'sha256:0b7d5e1c9f3a42681f7e6d5c4b3a2910',
    depth: 1,
    time: 1795264995000000,
    gateway: 'ctrl-berlin',
    node: 'Rt5kQ2mZp',
    service: 'ledger-db',
    serviceId: '2Hq7LmVx0bN4dKwTe9uRsZ',
    consumer: 'till-17',
    consumerId: 'kT4xQ0wEz',
    bytesIn: 18452,
    bytesOut: 990211,
    circuitId: '7mPqXw2LsRt9VbKd4HcYzA',
    hostName: 'db-host',
    hostId: 'mB8cX5TjH',
    router: 'edge-berlin',
    interval: 5,
  },
});

type Direction = 'bytesIn' | 'bytesOut';
const kinds: readonly (readonly [Direction, string])[] = [
  ['bytesIn', 'ingress.rx'],
  ['bytesOut', 'egress.rx'],
];

/** The form that is believed, by direction, and the events that were counted. */
interface State {
  readonly forms: { readonly [Of in Direction]?: string };
  readonly counted: readonly string[];
}
const nothing: State = { forms: {}, counted: [] };

/** Events of one interval of one router on one circuit that are told apart. */
const mostCounted = 200;
/** How long further parts of an interval are expected (microseconds). */
const late = 900e6;

/** Bytes of a kind; old routers write the kind with its full name into the map. */
function bytesOf({ usage, event_type }: FoldInput['record'], kind: string): number | undefined {
  if (typeof usage === 'number') return event_type === `usage.${kind}` ? numberOf(usage) : undefined;
  const map = objectOf(usage);
  return numberOf(map[kind] ?? map[`usage.${kind}`]);
}

const idOf = ({ record }: FoldInput): string | undefined =>
  textOf(record.circuit_id) ?? textOf(record.session_id);

export const openzitiTransfers: Fold<State> = {
  name: 'openziti-transfers',
  doc: 'Usage of OpenZiti by circuit, service and identity, each byte counted once however it is told.',
  vocabulary: 'openziti',
  reads: [{ type: 'usage' }],
  makes: [transfer],
  most: 300_000,
  key(input) {
    const { record } = input;
    const circuit = idOf(input);
    const counts = kinds.some(([, kind]) => (bytesOf(record, kind) ?? 0) > 0);
    if (circuit === undefined || !counts) return undefined;
    return `${circuit}/${textOf(record.source_id) ?? ''}/${numberOf(record.interval_start_utc) ?? ''}`;
  },
  step(state = nothing, input, { nameOf }) {
    const { event, record } = input;
    if (state.counted.includes(event.id)) return undefined;
    const form = `${textOf(record.namespace)}/${textOf(record.version)}`;
    const bytes: { [Of in Direction]?: number } = {};
    const forms: { [Of in Direction]?: string } = { ...state.forms };
    for (const [direction, kind] of kinds) {
      const count = bytesOf(record, kind) ?? 0;
      if (count === 0 || (forms[direction] ?? form) !== form) continue;
      bytes[direction] = count;
      forms[direction] = form;
    }
    if (bytes.bytesIn === undefined && bytes.bytesOut === undefined) return undefined;

    const tags = objectOf(record.tags);
    const [service, client, host] = [textOf(tags.serviceId), textOf(tags.clientId), textOf(tags.hostId)];
    const router = textOf(record.source_id);
    const start = numberOf(record.interval_start_utc);
    const identity = (id: string | undefined) => nameOf('identity', id) ?? nameOf('router', id) ?? id;
    return {
      keep: {
        state: { forms, counted: [...state.counted, event.id].slice(-mostCounted) },
        until: event.received + late,
      },
      derived: [
        {
          vocabulary: 'openziti',
          type: 'transfer',
          id: `${event.id}/transfer`,
          causedBy: event.id,
          depth: 1,
          time: start === undefined ? event.time : start * 1e6,
          gateway: textOf(record.event_src_id),
          node: router,
          service: nameOf('service', service) ?? service,
          serviceId: service,
          consumer: identity(client),
          consumerId: client,
          ...bytes,
          circuitId: idOf(input),
          hostName: identity(host),
          hostId: host,
          router: nameOf('router', router) ?? router,
          interval: numberOf(record.interval_length),
        },
      ],
    };
  },
  expire: () => ({}),
};
