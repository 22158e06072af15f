/**
 * One record to one event: redact, parse, recognise, check, normalise, complete, name. Pure and synchronous; what stands
 * in the way is a refusal with its reason, never an exception.
 */
import { isUtf8 } from 'node:buffer';
import type { TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Family } from '../core/event.ts';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { type Cells, slotOf } from '../core/row.ts';
import type { Decoded, EventType, GatewayRecord, Vocabulary } from '../core/spec.ts';
import { isDerivedName } from '../vocabularies/derived-type-names.ts';
import { complete } from './complete.ts';
import { contentHash, identify, type PlaceName, scopedId } from './identity.ts';
import { jsonComplaint } from './json-fault.ts';
import { countByRule, type RuleCounts } from './redaction/counts.ts';
import { parseOutline } from './redaction/json-repeats.ts';
import { createPersonalRedaction, type PersonalRedaction, withoutPersonal } from './redaction/personal.ts';
import type { Redaction } from './redaction/redact.ts';

/** Why a record goes to quarantine, by which its entries are listed. */
export type RefusalReason =
  /** Not JSON and no line that a vocabulary reads, or damaged. */
  | 'unreadable'
  /** A field that its event type needs is missing or of the wrong kind. */
  | 'invalid-field'
  /** Larger than the limit for one record. */
  | 'too-large'
  /** Its reading took so long, or so much memory, that it was broken off. */
  | 'too-costly'
  /** The same id with other content. */
  | 'id-conflict'
  /** Our own mistake; the log has it. */
  | 'failed';

export interface RefusedRecord {
  readonly reason: RefusalReason;
  readonly problem: Problem;
  /** Without secrets. */
  readonly bytes: Buffer;
  /** How many there were; undefined when none. */
  readonly redacted?: RuleCounts | undefined;
  readonly vocabulary?: string;
}

export interface ReadEvent {
  readonly id: string;
  readonly vocabulary: string;
  readonly type: string;
  /** Microseconds since 1970. */
  readonly time: number;
  /** The event. */
  readonly cells: Cells;
  readonly idHash: bigint;
  readonly contentHash: number;
  /** Without secrets. */
  readonly bytes: Buffer;
  /** How many there were; undefined when none. */
  readonly redacted: RuleCounts | undefined;
}

/** What holds for all records of one payload. */
export interface Circumstances {
  readonly tenant: string;
  readonly received: number;
  readonly vocabulary: string | undefined;
  readonly placeName: PlaceName;
}

export interface RecordReading {
  /** The vocabularies that claim what is theirs, in any order. */
  readonly vocabularies: readonly Vocabulary[];
  /** Asked last; recognises every object. */
  readonly fallback: Vocabulary;
  readonly redaction: Redaction;
  /** 64 bits of a text. */
  readonly hash: (text: string) => bigint;
  /** Largest record, in bytes. */
  readonly largest: number;
  /** Families whose events are a retention class of their own, under the name of the family. */
  readonly ownRetention?: readonly Family[];
  /** Told of exceptions, which are bugs of an event type. */
  readonly onBug: (error: unknown, type: EventType) => void;
}

interface KnownType {
  readonly type: EventType;
  readonly vocabulary: string;
  readonly fields: ReadonlySet<string>;
  readonly redactPersonal: PersonalRedaction;
  passes(record: unknown): boolean;
  complaint(record: unknown): Problem;
}

/**
 * `/data/dataIn` as `data.dataIn`. A name that the schema does not declare is the sender's and becomes `*`: an error
 * text holds no piece of a record.
 */
function pathOf(pointer: string, schema: TSchema): string {
  let at: unknown = schema;
  const steps = pointer.split('/').slice(1);
  return steps
    .map((step) => {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      const { properties = {}, items } = (at ?? {}) as {
        properties?: Record<string, unknown>;
        items?: unknown;
      };
      const isDeclared = Object.hasOwn(properties, name);
      at = isDeclared ? properties[name] : items;
      return isDeclared || /^\d+$/.test(name) ? name : '*';
    })
    .join('.');
}

function know(type: EventType, vocabulary: string): KnownType {
  const check = Compile(type.fields as TObject);
  return {
    type,
    vocabulary,
    fields: new Set(Object.keys(type.fields.properties)),
    redactPersonal: createPersonalRedaction(type),
    passes: (record) => check.Check(record),
    complaint(record) {
      const [first] = check.Errors(record);
      if (first === undefined) return { path: '', reason: `not a ${type.name}` };
      const missing = (first.params as { requiredProperties?: readonly string[] }).requiredProperties?.[0];
      const path = [pathOf(first.instancePath, type.fields), missing ?? '']
        .filter((part) => part !== '')
        .join('.');
      return { path, reason: missing === undefined ? first.message : 'is missing' };
    },
  };
}

/** Bytes of the head of a record of which no more is kept. */
export const headBytes = 64 * 1024;
/** Of a text that is no object a vocabulary reads the line. */
export const isObject = /^\s*\{/;
/** Bytes of a line that is not JSON: vocabularies look at it with regular expressions. */
const longestLine = 64 * 1024;
/** The name of a type in a general form is the record's own, but for those that are ours to give. */
const nameOf = (type: EventType, own: string | undefined, vocabulary: string): string =>
  own === undefined || isDerivedName(vocabulary, own) ? type.name : own;

/** Reads the record at `index` of its payload. */
export type ReadRecord = (decoded: Decoded, index: number, about: Circumstances) => ReadEvent | RefusedRecord;

/** Reads records one by one; what is compiled is compiled once. */
export function createRecordReading(options: RecordReading): ReadRecord {
  const { vocabularies, fallback, redaction, hash, largest, onBug } = options;
  const ownRetention: ReadonlySet<unknown> = new Set(options.ownRetention);
  const everyone = [...vocabularies, fallback];
  const owners = new Map<EventType, string>(
    everyone.flatMap(({ name, types }) => types.map((type) => [type, name])),
  );
  const known = new Map<EventType, KnownType>();
  const byName = new Map(everyone.map((vocabulary) => [vocabulary.name, vocabulary]));
  // Records of one kind come together: whoever knew the last is asked first.
  let latest: Vocabulary | undefined;

  function recognise(record: GatewayRecord, named: string | undefined): EventType | undefined {
    const first = (named === undefined ? undefined : byName.get(named)) ?? latest;
    const type = first?.recognise(record);
    if (type !== undefined) return type;
    for (const vocabulary of vocabularies) {
      const other = vocabulary === first ? undefined : vocabulary.recognise(record);
      if (other === undefined) continue;
      latest = vocabulary;
      return other;
    }
    return fallback.recognise(record);
  }

  /** What is compiled for a type, when its first record comes: most of the types never come. */
  function knownOf(type: EventType): KnownType | undefined {
    const found = known.get(type);
    const owner = owners.get(type);
    if (found !== undefined || owner === undefined) return found;
    const made = know(type, owner);
    known.set(type, made);
    return made;
  }

  function parseLine(line: string, named: string | undefined): GatewayRecord | undefined {
    const record = (named === undefined ? undefined : byName.get(named))?.parseLine?.(line, true);
    if (record !== undefined) return record;
    for (const vocabulary of vocabularies) {
      const read = vocabulary.parseLine?.(line, false);
      if (read !== undefined) return read;
    }
    return undefined;
  }

  function parse(text: string, named: string | undefined, received: Buffer): Result<GatewayRecord> {
    if (!isObject.test(text)) {
      const record = parseLine(text, named);
      const reason = 'neither a JSON object nor a line that a vocabulary reads';
      return record === undefined ? fail({ path: '', reason }) : ok(record);
    }
    return parseJson(() => JSON.parse(text) as GatewayRecord, received);
  }

  /** The complaint names the place in the record as received; the parser's own would quote it. */
  function parseJson(parsing: () => GatewayRecord, received: Buffer): Result<GatewayRecord> {
    try {
      return ok(parsing());
    } catch {
      return fail({ path: '', reason: jsonComplaint(received) });
    }
  }

  const headOf = (bytes: Buffer, tenant: string, reason: string): RefusedRecord => ({
    reason: 'too-large',
    problem: { path: '', reason: `${reason}; its head is kept` },
    ...scrubbed(bytes.subarray(0, headBytes), tenant),
  });

  function scrubbed(bytes: Buffer, tenant: string): Pick<RefusedRecord, 'bytes' | 'redacted'> {
    const clean = redaction.scrub(bytes, tenant);
    return { bytes: clean.bytes, redacted: countByRule(clean.places) };
  }

  return function readRecord(decoded, index, about) {
    const { bytes, problem } = decoded;
    const { tenant } = about;
    if ((decoded.size ?? bytes.length) > largest) return headOf(bytes, tenant, `more than ${largest} bytes`);
    if (problem !== undefined) return { reason: 'unreadable', problem, ...scrubbed(bytes, tenant) };
    if (bytes.length > longestLine && !isObject.test(bytes.toString('latin1', 0, 100)))
      return headOf(bytes, tenant, `more than ${longestLine} bytes without being a JSON object`);

    const secrets = redaction.redact(bytes, tenant);
    let clean = secrets.bytes;
    const { outline } = secrets;
    const parsed = outline
      ? parseJson(() => parseOutline(outline), bytes)
      : parse(clean.toString(), about.vocabulary, bytes);
    if (!parsed.ok) return { reason: 'unreadable', problem: parsed.error, ...scrubbed(bytes, tenant) };

    let record = parsed.value;
    let redacted = countByRule(secrets.places);
    const type = recognise(record, about.vocabulary);
    const kind = type === undefined ? undefined : knownOf(type);
    if (type === undefined || kind === undefined) {
      const reason = 'no vocabulary takes it';
      return { reason: 'unreadable', problem: { path: '', reason }, bytes: clean, redacted };
    }
    const { vocabulary } = kind;
    const hides = redaction.hidesPersonal(tenant);
    if (hides) {
      const hidden = kind.redactPersonal(clean, record);
      ({ bytes: clean, record } = hidden);
      redacted = countByRule(secrets.places, hidden.places);
    }
    if (!kind.passes(record))
      return { reason: 'invalid-field', problem: kind.complaint(record), bytes: clean, redacted, vocabulary };

    try {
      const said = type.normalise(record);
      const normalised = hides ? withoutPersonal(said) : said;
      const name = nameOf(type, normalised.type, vocabulary);
      const valid = isUtf8(clean);
      const cells = complete(normalised, record, {
        tenant,
        received: about.received,
        vocabulary,
        type: name,
        family: normalised.family ?? type.family,
        known: kind.fields,
        raw: valid ? clean : Buffer.from(clean.toString('base64'), 'latin1'),
        rawEncoding: valid ? undefined : 'base64',
      });
      if (ownRetention.has(cells[slotOf.family])) cells[slotOf.retention] = cells[slotOf.family];
      const id = identify(type.identity, record, decoded, index, about.placeName);
      cells[slotOf.id] = id;
      return {
        id,
        vocabulary,
        type: name,
        time: cells[slotOf.time] as number,
        cells,
        idHash: hash(scopedId(tenant, vocabulary, name, id)),
        contentHash: contentHash(bytes, type.identity, record),
        bytes: clean,
        redacted,
      };
    } catch (error) {
      onBug(error, type);
      const reason = `reading it as ${type.name} failed: a bug of Gatescope, described in its log`;
      return { reason: 'failed', problem: { path: '', reason }, bytes: clean, redacted, vocabulary };
    }
  };
}
