/** Records of a real Otoroshi 17.17 with the secrets of a lab in them, and the events that the main street makes of them. */
import { readFileSync } from 'node:fs';
import { columns, type Event } from '../src/core/event.ts';
import { eventOf as asEvent } from '../src/core/row.ts';
import type { GatewayRecord } from '../src/core/spec.ts';
import { createRecordReading, type ReadEvent } from '../src/ingest/read-record.ts';
import { createRedaction } from '../src/ingest/redaction/redact.ts';
import { fallback, vocabularies } from '../src/vocabularies/index.gen.ts';
import { otoroshi } from '../src/vocabularies/otoroshi/otoroshi.ts';

const fixture = (name: string): GatewayRecord[] =>
  readFileSync(new URL(`./fixtures/otoroshi/${name}.ndjson`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GatewayRecord);

export const gatewayEvents = fixture('gateway-event');
export const auditEvents = fixture('audit-event');
export const alertEvents = fixture('alert-event');
export const otherEvents = fixture('analytic-event');
export const captured: readonly GatewayRecord[] = [
  ...gatewayEvents,
  ...auditEvents,
  ...alertEvents,
  ...otherEvents,
];

const read = createRecordReading({
  vocabularies,
  fallback,
  redaction: createRedaction(),
  hash: () => 0n,
  largest: 4 * 1024 * 1024,
  onBug: (error) => {
    throw error;
  },
});
const about = {
  tenant: 't',
  received: Date.UTC(2026, 11, 1) * 1000,
  vocabulary: undefined,
  placeName: () => 'place',
};

/** What the main street makes of a record; fails when it is refused. */
export function taken(record: GatewayRecord): ReadEvent {
  const answer = read({ bytes: Buffer.from(JSON.stringify(record)), line: 1, byte: 0 }, 0, about);
  if ('problem' in answer) throw new Error(`refused: ${answer.problem.path} ${answer.problem.reason}`);
  return answer;
}

const absent = Object.fromEntries(columns.map(({ name }) => [name, undefined]));
/** The event as it is journalled; what is absent is there as undefined. */
export const eventOf = (record: GatewayRecord | undefined): Event => {
  if (record === undefined) throw new Error('there is no such record');
  return { ...absent, ...asEvent(taken(record).cells) };
};

const is =
  (name: string) =>
  (record: GatewayRecord): boolean =>
    [record.alert, record.action, record.audit, record['@type']].includes(name);
function required(record: GatewayRecord | undefined, name: string): GatewayRecord {
  if (record === undefined) throw new Error(`nothing of Otoroshi is named ${name}`);
  return record;
}

/** The first captured record of that name: of an alert, an action, an audit event, a type. */
export const capturedAs = (name: string): GatewayRecord => required(captured.find(is(name)), name);
/** The example of a type, or of one of its names. */
export function exampleOf(name: string): GatewayRecord {
  const named = otoroshi.types
    .flatMap((type) => [type, ...(type.names ?? [])])
    .find((each) => each.name === name);
  return required(named?.example, name);
}
/** What an event shows of itself, without the record. */
export const shown = (record: GatewayRecord): string => JSON.stringify({ ...eventOf(record), raw: '' });
