/**
 * What would become of a record, said instead of done: the same reading as the main street's, and beside its result
 * which fields the event type does not know, and what was redacted where and by which rule. Pure.
 */
import type { TSchema } from 'typebox';
import { columns, type Event } from '../core/event.ts';
import type { Problem } from '../core/result.ts';
import { eventOf } from '../core/row.ts';
import type { Decoded, EventType, GatewayRecord, Vocabulary } from '../core/spec.ts';
import { identityText } from '../vocabularies/describe.ts';
import type { FieldNotes } from '../vocabularies/fields.ts';
import { createRecordReading, isObject, type RefusalReason } from './read-record.ts';
import { looksLikeJson } from './redaction/json-skip.ts';
import { type JsonPath, walkJson } from './redaction/json-walk.ts';
import { createPersonalRedaction } from './redaction/personal.ts';
import type { Redaction } from './redaction/redact.ts';
import { ruleNames } from './redaction/rules.ts';
import type { Span } from './redaction/spans.ts';

export interface Explanation {
  /** Absent where no vocabulary took it. */
  readonly vocabulary?: string;
  readonly type?: string;
  readonly family?: string;
  /** What tells it from another event of its type. */
  readonly identity?: string;
  /** Absent where the place it was read from names it. */
  readonly id?: string;
  /** Columns that it fills, in the order of the event; times in RFC 3339. */
  readonly columns?: Readonly<Record<string, unknown>>;
  /** Paths of fields that its event type does not describe. They are kept. */
  readonly unknown?: readonly string[];
  readonly redacted: readonly { readonly path: string; readonly rule: string }[];
  /** Why it would go to quarantine. */
  readonly refused?: Problem & { readonly kind: RefusalReason };
}

export interface Explaining {
  readonly vocabularies: readonly Vocabulary[];
  readonly fallback: Vocabulary;
  readonly redaction: Redaction;
  /** Largest record, in bytes. */
  readonly largest: number;
}

/** What holds for every record of a file. `received`: microseconds since 1970. */
export interface ExplainedAs {
  readonly tenant: string;
  readonly received: number;
  readonly vocabulary: string | undefined;
}

interface Understood {
  readonly type: EventType;
  readonly record: GatewayRecord;
}

/** Given by the main street to every event; they say nothing of this record. */
const ours: ReadonlySet<string> = new Set([
  'id',
  'tenant',
  'received',
  'vocabulary',
  'type',
  'family',
  'retention',
  'raw',
  'rawEncoding',
]);

const pathText = (path: JsonPath): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');

/** Where each place lies: in the last value that begins before it. '' in what is no JSON. */
function placed(bytes: Buffer, places: readonly Span[]): Explanation['redacted'] {
  const paths: string[] = places.map(() => '');
  let next = 0;
  let last = '';
  const settle = (before: number): void => {
    while (next < places.length && (places[next] as Span).start < before) paths[next++] = last;
  };
  if (places.length > 0 && looksLikeJson(bytes))
    walkJson(bytes, (path, from) => {
      settle(from);
      if (next === places.length) return false;
      last = pathText(path);
      return true;
    });
  settle(Number.POSITIVE_INFINITY);
  return places.map(({ rule }, index) => ({
    path: paths[index] as string,
    rule: ruleNames[rule] as string,
  }));
}

/** Paths of members that `properties` do not describe; what is described as a whole is not looked into. */
function unknownFields(
  record: GatewayRecord,
  properties: Readonly<Record<string, TSchema>>,
  above = '',
): string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    const path = `${above}${name}`;
    const described = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (described === undefined) return [path];
    const { members = {} } = described as unknown as FieldNotes;
    const isOpen = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isOpen && Object.keys(members).length > 0
      ? unknownFields(value as GatewayRecord, members, `${path}.`)
      : [];
  });
}

/** The columns of an event that the record has filled. */
function filledColumns(event: Event, received: number): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, unknown>> = event;
  const filled = columns.filter(({ name, kind }) => {
    if (ours.has(name) || values[name] === undefined) return false;
    return kind === 'time' ? values[name] !== received : name !== 'weight' || values[name] !== 1;
  });
  return Object.fromEntries(
    filled.map(({ name, kind }) => [
      name,
      kind === 'time' ? new Date((values[name] as number) / 1000).toISOString() : values[name],
    ]),
  );
}

/** Explains records one by one; what is compiled is compiled here, once. */
export function createExplaining(options: Explaining): (decoded: Decoded, as: ExplainedAs) => Explanation {
  const { redaction } = options;
  const everyone = [...options.vocabularies, options.fallback];
  // Nobody compares ids here, and a bug of an event type is a refusal with its message.
  const readRecord = createRecordReading({ ...options, hash: () => 0n, onBug: () => undefined });

  /** The event type of a record without secrets, and the record as it was read. */
  function understood(bytes: Buffer, name: string, named: boolean): Understood | undefined {
    const vocabulary = everyone.find((known) => known.name === name);
    const text = bytes.toString();
    const record = isObject.test(text)
      ? (JSON.parse(text) as GatewayRecord)
      : vocabulary?.parseLine?.(text, named);
    const type = record === undefined ? undefined : vocabulary?.recognise(record);
    return record === undefined || type === undefined ? undefined : { type, record };
  }

  /** Where a tenant that wants none on its disk has personal data. */
  function personalIn(bytes: Buffer, { type, record }: Understood): Explanation['redacted'] {
    return placed(bytes, createPersonalRedaction(type)(bytes, record).places);
  }

  return function explain(decoded, as) {
    const { bytes } = decoded;
    const read = readRecord(decoded, 0, { ...as, placeName: () => '' });
    const name = read.vocabulary;
    const secrets =
      name === undefined ? redaction.scrub(bytes, as.tenant) : redaction.redact(bytes, as.tenant);
    const known = name === undefined ? undefined : understood(secrets.bytes, name, name === as.vocabulary);
    const hides = known !== undefined && redaction.hidesPersonal(as.tenant);
    const personal = hides ? personalIn(secrets.bytes, known) : [];
    const redacted = [...placed(bytes, secrets.places), ...personal];
    if (!('cells' in read)) {
      const { vocabulary, reason, problem } = read;
      return {
        ...(vocabulary === undefined ? {} : { vocabulary }),
        ...(known === undefined ? {} : { type: known.type.name }),
        redacted,
        refused: { ...problem, kind: reason },
      };
    }
    const event = eventOf(read.cells);
    const { id, vocabulary, type, family } = event;
    const identity =
      known === undefined || id === '' ? 'where it was read' : identityText(known.type.identity);
    return {
      vocabulary,
      type,
      family,
      identity,
      ...(id === '' ? {} : { id }),
      columns: filledColumns(event, as.received),
      unknown: known === undefined ? [] : unknownFields(known.record, known.type.fields.properties),
      redacted,
    };
  };
}
