/**
 * What names an event, and the hashes by which a repetition is recognised (SEMANTICS: identity and duplicates).
 * In this order: the sender's own id, the id its protocol gives, the content, the place it was read from.
 */
import { hash as digest } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Payload } from '../core/ingest.ts';
import type { Decoded, GatewayRecord, Identity } from '../core/spec.ts';

/** Longer ids are replaced by their hash: they travel in addresses and lie in an index. */
const longestId = 512;
const mark = '[redacted]';

const sha256 = (text: string | Buffer): string => digest('sha256', text, 'hex');

/** The value at `path`: a member of that very name, or members within members parted by points. */
function valueAt(record: GatewayRecord, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  let value: unknown = record;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as GatewayRecord)[name];
  }
  return value;
}

/** The digits of a number that does not fit into one, as they were sent. */
const exactNumbers = (_: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;

function nativeId(record: GatewayRecord, paths: readonly string[], received: Buffer): string | undefined {
  const values = paths.map((path) => valueAt(record, path));
  if (
    values.some((value) => value === undefined || value === null || value === '' || typeof value === 'object')
  )
    return undefined;
  const inexact = values.some((value) => typeof value === 'number' && !Number.isSafeInteger(value));
  const secret = values.some((value) => typeof value === 'string' && value.includes(mark));
  if (!inexact && !secret) return values.length === 1 ? String(values[0]) : values.join('/');
  // From the bytes as they came; what redaction took away names the event by its hash alone.
  const original = JSON.parse(received.toString(), exactNumbers) as GatewayRecord;
  const id = paths.map((path) => String(valueAt(original, path))).join('/');
  return secret ? `sha256:${sha256(id)}` : id;
}

/** Names the records of one payload by their place in it. */
export type PlaceName = (decoded: Decoded, index: number) => string;

/**
 * Where the records of a payload were read: file and offset; a repeated request; an entry of the quarantine that is sent
 * again. Failing all, `unique`, which must be drawn afresh for each payload: then none is ever a repetition.
 */
export type Place = {
  readonly [K in 'source' | 'idempotencyKey' | 'replayOf']: Payload[K] | undefined;
} & { readonly unique: string };

export function placeNames({ source, idempotencyKey, replayOf, unique }: Place): PlaceName {
  if (replayOf !== undefined) return (_, index) => `quarantine:${replayOf}:${index}`;
  if (source !== undefined) return (decoded) => `${source.key}:${source.offset + decoded.byte}`;
  if (idempotencyKey !== undefined) return (_, index) => `request:${idempotencyKey}:${index}`;
  return (_, index) => `${unique}-${index}`;
}

/** More digits of a second than milliseconds have. */
const finer = /[.,]\d{4}/;

/** Whether equal content means the same event. */
const isNamedByContent = (identity: Identity, record: GatewayRecord): boolean => {
  if (identity.by !== 'content') return false;
  const time = identity.time === undefined ? undefined : valueAt(record, identity.time);
  return identity.time === undefined || (typeof time === 'string' && finer.test(time));
};

/** The id of a record; `record` may be redacted, the bytes are those received. */
export function identify(
  identity: Identity,
  record: GatewayRecord,
  decoded: Decoded,
  index: number,
  placeName: PlaceName,
): string {
  const native = identity.by === 'native' ? nativeId(record, identity.paths, decoded.bytes) : undefined;
  const id =
    native ??
    decoded.id ??
    (isNamedByContent(identity, record)
      ? `sha256:${sha256(decoded.bytes).slice(0, 32)}`
      : placeName(decoded, index));
  // A character takes at most three bytes: most ids need no counting.
  return id.length * 3 <= longestId || Buffer.byteLength(id) <= longestId ? id : `sha256:${sha256(id)}`;
}

/**
 * 32 bits of the record's bytes as received, but for texts that are drawn anew for each delivery: tells a repetition
 * from another record under the same id.
 */
export function contentHash(bytes: Buffer, identity: Identity, record: GatewayRecord): number {
  const redrawn = identity.by === 'native' ? identity.redrawn : undefined;
  if (redrawn === undefined) return crc32(bytes);
  let text = bytes.toString();
  for (const name of redrawn) {
    const value = record[name];
    if (typeof value === 'string') text = text.replace(`"${value}"`, '');
  }
  return crc32(text);
}

/** What the 64-bit hash of an id is made of: every id has the scope of tenant, vocabulary and type. */
export const scopedId = (tenant: string, vocabulary: string, type: string, id: string): string =>
  `${tenant}\0${vocabulary}\0${type}\0${id}`;
