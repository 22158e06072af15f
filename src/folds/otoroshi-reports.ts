/**
 * A call that Otoroshi gives up waiting for is reported twice, as a real 17.17 does it: a 504 with `err: true` when the
 * time is over, and what the backend has answered with `err: false` when that ends. They have different `reqId`s; what
 * links them is the caller's address with its port, the path, and the start: `@timestamp` less `duration` of the first is
 * `@callAt` of the second. The caller got the 504, so it is the second that is taken back.
 *
 * Only calls of a second and more are looked at: that is told without decoding, and a shorter time-out is rare.
 */
import { columns, type Event } from '../core/event.ts';
import type { EventType } from '../core/spec.ts';
import { object, text } from '../vocabularies/fields.ts';
import { listOf, numberOf, objectOf, textOf } from '../vocabularies/reading.ts';
import { derivedType } from './derived.ts';
import type { DerivedRecord, Fold, FoldInput } from './fold.ts';

/** Columns that a correction does not share with what it corrects. */
const own: ReadonlySet<string> = new Set([
  'id',
  'weight',
  'causedBy',
  'tenant',
  'time',
  'received',
  'vocabulary',
  'type',
  'family',
  'retention',
  'reportedTime',
  'attributes',
  'rawEncoding',
  'raw',
]);
const shared = columns.map(({ name }) => name).filter((name) => !own.has(name));

const described = derivedType({
  name: 'GatewayEventCorrection',
  doc: 'Takes back the second report of a call that had timed out: a GatewayEvent equal to it, of weight -1.',
  family: 'traffic',
  columns: shared,
  fields: {
    reportedFirst: text('Id of the first report, the 504, which stands.', { attribute: true }),
    attributes: object('Attributes of the event that is taken back.'),
  },
  example: {
    vocabulary: 'otoroshi',
    type: 'GatewayEventCorrection',
    id: '2124125129402222922/taken-back',
    causedBy: '2124125129402222922',
    reportedFirst: '2124125129351891273',
    depth: 1,
    weight: -1,
    time: 1795265869843000,
    severity: 'info',
    outcome: 'success',
    gateway: 'otoroshi-prod',
    service: 'reports',
    method: 'GET',
    host: 'reports.example.com',
    path: '/yearly',
    status: 200,
    duration: 41200000,
    attributes: { 'target.host': 'reports-1.internal:8080' },
  },
});

/** It is a GatewayEvent too, so that it is found and summed up wherever those are. */
const correction: EventType = {
  ...described,
  normalise(record) {
    const normalised = described.normalise(record);
    const copied = objectOf(record.attributes) as Readonly<Record<string, string>>;
    return { ...normalised, type: 'GatewayEvent', attributes: { ...copied, ...normalised.attributes } };
  },
};

interface Report {
  readonly id: string;
  /** Start of the call, in milliseconds since 1970. */
  readonly at: number;
}
interface State {
  readonly first: readonly Report[];
  /** With what takes it back, until that was said. */
  readonly second: readonly (Report & { readonly correction?: DerivedRecord })[];
}

/** Milliseconds by which two reports of one start may differ: they are rounded. */
const rounding = 2;
/** How long the other report is waited for (microseconds); a backend may take its time after the first. */
const afterFirst = 3600e6;
const afterSecond = 600e6;
/** Reports of calls from one address and port to one path. */
const mostReports = 20;

function peerOf(headers: unknown): string | undefined {
  const found = listOf(headers).findLast((header) => objectOf(header).key === 'Remote-Address');
  return textOf(objectOf(found).value);
}

const isFirst = ({ record }: FoldInput): boolean => record.err === true && record.status === 504;

function startOf(input: FoldInput): number | undefined {
  const { record } = input;
  if (!isFirst(input)) return numberOf(record['@callAt']);
  const [end, duration] = [numberOf(record['@timestamp']), numberOf(record.duration)];
  return end === undefined || duration === undefined ? undefined : end - duration;
}

function correctionOf(event: Event): DerivedRecord {
  const values = Object.fromEntries(
    shared.map((name) => [name, event[name]]).filter(([, value]) => value !== undefined),
  );
  return {
    vocabulary: 'otoroshi',
    type: 'GatewayEventCorrection',
    id: `${event.id}/taken-back`,
    causedBy: event.id,
    depth: 1,
    weight: -1,
    time: event.time,
    ...values,
    ...(event.attributes === undefined ? {} : { attributes: event.attributes }),
  };
}

export const otoroshiReports: Fold<State> = {
  name: 'otoroshi-reports',
  doc: 'Calls that Otoroshi reports twice, once when they time out and once when the backend ends: counted once.',
  vocabulary: 'otoroshi',
  reads: [{ type: 'GatewayEvent', lasting: 1_000_000 }],
  makes: [correction],
  most: 20_000,
  key(input) {
    const { record } = input;
    if (!isFirst(input) && record.err !== false) return undefined;
    const peer = peerOf(record.headers);
    const uri = textOf(objectOf(record.to).uri);
    if (peer === undefined || uri === undefined || startOf(input) === undefined) return undefined;
    return `${textOf(record['instance-name']) ?? ''} ${peer} ${uri}`;
  },
  step(state = { first: [], second: [] }, input) {
    const { event } = input;
    const at = startOf(input) ?? 0;
    const [isKnown, first, second] = isFirst(input)
      ? [state.first.some(({ id }) => id === event.id), [...state.first, { id: event.id, at }], state.second]
      : [
          state.second.some(({ id }) => id === event.id),
          state.first,
          [...state.second, { id: event.id, at, correction: correctionOf(event) }],
        ];
    if (isKnown) return undefined;
    const derived: DerivedRecord[] = [];
    const left = second.map((report) => {
      const cause = first.find((other) => Math.abs(other.at - report.at) <= rounding);
      if (cause === undefined || report.correction === undefined) return report;
      derived.push({ ...report.correction, reportedFirst: cause.id });
      return { id: report.id, at: report.at };
    });
    const keep = { first: first.slice(-mostReports), second: left.slice(-mostReports) };
    return {
      keep: { state: keep, until: event.received + (first.length > 0 ? afterFirst : afterSecond) },
      derived,
    };
  },
  expire: () => ({}),
};
