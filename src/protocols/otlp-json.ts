/**
 * Exports of OpenTelemetry log records in JSON, as OTLP over HTTP posts them and the Collector's file exporter writes
 * them, one a line: `{"resourceLogs":[{"resource":…,"scopeLogs":[{"scope":…,"logRecords":[…]}]}]}`. Each log record
 * becomes a record of its own: the export without the others, so that resource and scope stay with it and every byte is
 * the sender's. What is no export passes as it is. Source: OpenTelemetry protocol 1.11, JSON encoding.
 */
import { ok } from '../core/result.ts';
import type { Decoded, Protocol } from '../core/spec.ts';
import { json } from './json.ts';
import { cutJson } from './json-cut.ts';
import { jsonMembers } from './json-member.ts';

/** The lists within each other, outermost first. */
const lists = ['resourceLogs', 'scopeLogs', 'logRecords'] as const;
const firstKey = Buffer.from(`"${lists[0]}"`);
const openList = 0x5b;
const openObject = 0x7b;
/** The bytes of a breath (core/spec.ts). */
const nothing = Buffer.alloc(0);

/**
 * How many times its own length the frames of an export may be repeated in all: a resource of 1 KB around records of
 * 100 bytes needs ten. Without a bound a long resource around a million empty records would fill the disk.
 */
const mostRepeats = 50;
const freeRepeats = 1_000_000;

/** What stands before and behind a record in its export, the siblings of all levels left out. */
interface Frame {
  readonly before: readonly Buffer[];
  readonly behind: readonly Buffer[];
}

interface Export {
  readonly record: Decoded;
  /** Bytes of frames that may still be repeated. */
  room: number;
}

function afterBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (at < from + 1000 && (bytes[at] as number) <= 0x20) at += 1;
  return at;
}

/** Serialisers write the list first, and nothing beside it. */
function isExport(bytes: Buffer): boolean {
  const brace = afterBlanks(bytes, 0);
  if (bytes[brace] !== openObject) return false;
  const key = afterBlanks(bytes, brace + 1);
  return bytes[key + 1] === firstKey[1] && bytes.subarray(key, key + firstKey.length).equals(firstKey);
}

const lengthOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** `bytes`, which lie within the export, as a record. `line` is that of the export. */
function framed(source: Export, bytes: Buffer, { before, behind }: Frame): Decoded {
  const { line, byte, bytes: all } = source.record;
  const place = { line, byte: byte + bytes.byteOffset - all.byteOffset };
  source.room -= lengthOf(before) + lengthOf(behind);
  if (source.room >= 0) return { bytes: Buffer.concat([...before, bytes, ...behind]), ...place };
  const reason = 'its resource and scope are too long to be repeated for each log record of the export';
  return { bytes, ...place, problem: { path: lists[0], reason } };
}

/** The log records of `object`, which is at `depth` in its export; one without a list, or with an empty one, is left whole. */
function* cutApart(source: Export, object: Buffer, depth: number, frame: Frame): Generator<Decoded> {
  const name = lists[depth] as string;
  const breath = { ...source.record, bytes: nothing };
  const finding = jsonMembers(object, [name]);
  let found = finding.next();
  for (; !found.done; found = finding.next()) yield breath;
  const list = found.value.get(name);
  let isEmpty = true;
  if (list?.[0] === openList) {
    const start = list.byteOffset - object.byteOffset;
    const inner = {
      before: [...frame.before, object.subarray(0, start + 1)],
      behind: [object.subarray(start + list.length - 1), ...frame.behind],
    };
    for (const { bytes, problem } of cutJson(list)) {
      if (bytes.length === 0) yield breath;
      else {
        isEmpty = false;
        const isRecord = depth === lists.length - 1 || problem !== undefined;
        if (isRecord) yield framed(source, bytes, inner);
        else yield* cutApart(source, bytes, depth + 1, inner);
      }
    }
  }
  if (isEmpty) yield framed(source, object, frame);
}

function* takenApart(records: Iterable<Decoded>): Generator<Decoded> {
  for (const record of records) {
    if (record.problem !== undefined || !isExport(record.bytes)) yield record;
    else {
      const room = freeRepeats + record.bytes.length * mostRepeats;
      yield* cutApart({ record, room }, record.bytes, 0, { before: [], behind: [] });
    }
  }
}

/** `protocol`, with the exports among its records taken apart. */
export const exportsApart = (protocol: Protocol): Protocol => ({
  ...protocol,
  decode(body, headers) {
    const decoded = protocol.decode(body, headers);
    return decoded.ok ? ok(takenApart(decoded.value)) : decoded;
  },
});

export const otlpJson: Protocol = {
  ...exportsApart(json),
  name: 'otlp-json',
  doc: 'JSON in every form, exports of OpenTelemetry log records taken apart.',
  example:
    '{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{"name":"shop"},"logRecords":[{"timeUnixNano":"1795265388254118402"},{"timeUnixNano":"1795265389254118402"}]}]}]}',
};
