/**
 * What goes in comes back: every example of every type and name and every line of the fixtures is sent through the door
 * of a whole server; then each event is asked for by its id and compared, field by field and byte by byte, with what the
 * main street makes of the same bytes, and is found by the attributes that its type declares.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../src/core/event.ts';
import type { ApiEvent, EventsPage, IngestAnswer } from '../src/core/frame.ts';
import type { Log } from '../src/core/ports.ts';
import { eventOf } from '../src/core/row.ts';
import type { Decoded, EventType, GatewayRecord, Protocol } from '../src/core/spec.ts';
import { createRecordReading, type ReadEvent } from '../src/ingest/read-record.ts';
import { createRedaction } from '../src/ingest/redaction/redact.ts';
import { lines } from '../src/protocols/lines.ts';
import { otlpJson } from '../src/protocols/otlp-json.ts';
import { printTerm } from '../src/query/print.ts';
import { eventsTable } from '../src/store/schema.ts';
import { openStore } from '../src/store/store.ts';
import { declaredAttributes } from '../src/vocabularies/fields.ts';
import { fallback, vocabularies } from '../src/vocabularies/index.gen.ts';
import { microsFrom } from '../src/vocabularies/times.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const everyone = [...vocabularies, fallback];
const fixtures = new URL('fixtures/', import.meta.url);

/** The lines of a vocabulary's files. */
function linesOf(vocabulary: string, ending: string): string[] {
  const folder = new URL(`${vocabulary}/`, fixtures);
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split(/\r?\n/))
    .filter((line) => line.trim() !== '');
}

/** An example under an id of its own where its type has one: those of the names of one type share theirs. */
function exampleText(example: GatewayRecord, { identity }: EventType, index: number): string {
  const text = JSON.stringify(example);
  const path = identity.by === 'native' ? (identity.paths[0] ?? '') : '';
  const id = path
    .split('.')
    .reduce<unknown>((value, name) => (value as GatewayRecord | undefined)?.[name], example);
  return typeof id === 'string' ? text.replaceAll(`"${id}"`, `"${id}-${index}"`) : text;
}

/** One body, and the key by which those of its records are named that have no id. */
interface Sent {
  /** Lines of text are sent by name: a form that several gateways share is read unnamed by one of them only. */
  readonly vocabulary?: string;
  readonly key: string;
  readonly text: string;
  /** As the protocol cuts them out of the text. */
  readonly records: readonly Decoded[];
}

function bodyOf(records: readonly string[], protocol: Protocol, key: string, vocabulary?: string): Sent {
  const text = records.join('\n');
  const cut = protocol.decode(Buffer.from(text), {});
  const decoded = cut.ok ? [...cut.value].filter(({ bytes }) => bytes.length > 0) : [];
  return { text, records: decoded, key, ...(vocabulary === undefined ? {} : { vocabulary }) };
}

const records = everyone.flatMap(({ name, types }) => [
  ...types.flatMap((type) =>
    [type, ...(type.names ?? [])].map(({ example }, index) => exampleText(example, type, index)),
  ),
  ...linesOf(name, '.ndjson'),
]);
const bodies: readonly Sent[] = [
  bodyOf([...new Set(records)], otlpJson, 'records'),
  ...everyone.map(({ name }) => bodyOf(linesOf(name, '.log'), lines, `${name} lines`, name)),
].filter((body) => body.records.length > 0);

const redaction = createRedaction();
const readRecord = createRecordReading({
  vocabularies,
  fallback,
  redaction,
  hash: () => 0n,
  largest: 4_000_000,
  onBug(error) {
    throw error;
  },
});

/** What the main street makes of a record that came in at `received`. */
function readAt(received: number, { vocabulary, key, records }: Sent, index: number): ReadEvent {
  const decoded = records[index] as Decoded;
  const placeName = (): string => `request:${key}:${index}`;
  const about = { tenant: 'default', received, vocabulary, placeName };
  const read = readRecord(decoded, index, about);
  if (!('cells' in read)) throw new Error(`${key}, ${decoded.bytes}: ${read.reason} ${read.problem.reason}`);
  return read;
}

/** Behind every record, so that each is believed its own time. */
const later = Date.UTC(2026, 11, 31) * 1000;
const sent = bodies.flatMap((body) =>
  body.records.map((record, index) => ({ body, index, record, read: readAt(later, body, index) })),
);

/** The event that the API has shown, in the form of the event in memory. */
const inMemory = ({ time, received, position: _, ...event }: ApiEvent = {}): unknown => ({
  ...event,
  time: microsFrom(time),
  received: microsFrom(received),
});

/** What the main street makes of what was sent, at the time when it came in. */
function madeOf({ body, index }: (typeof sent)[number], event: ApiEvent | undefined): Event {
  return eventOf(readAt(microsFrom(event?.received) ?? 0, body, index).cells);
}

let server: StartedServer;
const answers: IngestAnswer[] = [];
/** What the API shows of each that was sent, without `raw`. */
let shown: (ApiEvent | undefined)[] = [];
const nameOf = ({ vocabulary, type, id }: Pick<Event, 'vocabulary' | 'type' | 'id'>): string =>
  JSON.stringify([vocabulary, type, id]);
beforeAll(async () => {
  server = await startTestServer();
  for (const { vocabulary, key, text } of bodies) {
    const answer = await fetch(`${server.url}/ingest${vocabulary === undefined ? '' : `/${vocabulary}`}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testToken}`, 'idempotency-key': key },
      body: text,
    });
    answers.push((await answer.json()) as IngestAnswer);
  }
  await server.stored();
  const range = 'from=2000-01-01T00:00:00Z&to=2027-01-01T00:00:00Z&limit=5000';
  const { events } = await server.api<EventsPage>(`/api/events?${range}`);
  const byName = new Map(events.map((event) => [nameOf(event as unknown as Event), event]));
  shown = sent.map(({ read }) => byName.get(nameOf(read)));
});
afterAll(() => rm(server.data, { recursive: true, force: true }));

describe('every example and every line of the fixtures', () => {
  it('is taken for one event', () => {
    expect(answers.map(({ received, accepted, problems }) => [received, accepted, problems])).toEqual(
      bodies.map(({ records }) => [records.length, records.length, []]),
    );
    expect(sent.length).toBeGreaterThan(500);
  });

  it('comes back from the store as it was made, field by field', () => {
    const made = sent.map((each, at) => {
      const { raw: _, ...columns } = madeOf(each, shown[at]);
      return columns;
    });
    expect(shown.map(inMemory)).toEqual(made);
  });

  it('is shown whole by its id: one of each type', async () => {
    const types = new Map(sent.map((each) => [`${each.read.vocabulary} ${each.read.type}`, each]));
    for (const each of types.values()) {
      const { id, type } = each.read;
      const path = `/api/events/${encodeURIComponent(id)}?type=${encodeURIComponent(type)}`;
      const event = await server.api<ApiEvent>(path);
      expect(inMemory(event)).toEqual(madeOf(each, event));
    }
    expect(types.size).toBeGreaterThan(50);
  });

  it('is found by the attributes that its type declares', async () => {
    const declared = new Set(declaredAttributes(everyone).map(({ name }) => name));
    const asked = new Set<string>();
    const missing: string[] = [];
    for (const [at, { read }] of sent.entries()) {
      const { type, vocabulary, attributes = {} }: Event = eventOf(read.cells);
      const names = Object.keys(attributes).filter((name) => declared.has(name));
      // One record for each attribute of each type is enough.
      if (names.every((name) => asked.has(`${vocabulary} ${type} ${name}`))) continue;
      for (const name of names) asked.add(`${vocabulary} ${type} ${name}`);
      const terms = names.map((name) => printTerm(name, attributes[name] ?? ''));
      const filter = [printTerm('vocabulary', vocabulary), printTerm('type', type), ...terms].join(' ');
      const from = Math.floor((microsFrom(shown[at]?.time) ?? 0) / 1000);
      const range = `from=${from}&to=${from + 1}&limit=1000&columns=id`;
      const page = await server.api<EventsPage>(`/api/events?${range}&filter=${encodeURIComponent(filter)}`);
      if (!page.events.some(({ id }) => id === read.id)) missing.push(filter);
    }
    expect(missing).toEqual([]);
    expect(asked.size).toBeGreaterThan(200);
  });

  it('keeps every byte but those of its secrets', async () => {
    await server.stop(true);
    const engine = { memory: 1_200_000_000, port: 0 };
    const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
    const store = await openStore({ engine, data: server.data, clock: () => later, log: silent });
    await store.prepared;
    const query = `SELECT vocabulary, type, id, raw FROM ${eventsTable}`;
    const rows = await (await store.client.query({ query, format: 'JSONEachRow' })).json<Event>();
    await store.close();
    const stored = new Map(rows.map((row) => [nameOf(row), row.raw]));
    const clean = sent.map(({ record }) => redaction.redact(record.bytes).bytes.toString());
    expect(sent.map(({ read }) => stored.get(nameOf(read)))).toEqual(clean);
  });
});
