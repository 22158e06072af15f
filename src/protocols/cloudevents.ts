/**
 * CloudEvents 1.0 over HTTP in their three forms: structured (`application/cloudevents+json`), batched
 * (`application/cloudevents-batch+json`) and binary (`ce-` headers beside a plain body). The record is the `data`, as it
 * was sent; source and id together name it. Source: CloudEvents 1.0.2, HTTP protocol binding and JSON event format.
 */
import { ok } from '../core/result.ts';
import type { Decoded, Protocol } from '../core/spec.ts';
import { cutJson } from './json-cut.ts';
import { jsonMembers } from './json-member.ts';

/** The bytes of a breath (core/spec.ts). */
const nothing = Buffer.alloc(0);

type Headers = Readonly<Record<string, string | undefined>>;

const isStructured = (headers: Headers): boolean =>
  (headers['content-type'] ?? '').trim().toLowerCase().startsWith('application/cloudevents');

/** Whether a request with these headers carries CloudEvents. */
export const carriesCloudEvents = (headers: Headers): boolean =>
  isStructured(headers) || headers['ce-specversion'] !== undefined;

const nameOf = (source: unknown, id: unknown): { id: string } | Record<never, never> =>
  typeof source === 'string' && typeof id === 'string' && id !== '' ? { id: `${source}/${id}` } : {};

/** The longest envelope that is opened: beyond it no record is taken, in whatever form. */
const longest = 8_000_000;
/** An envelope up to here is parsed, which finds all that is wrong with it; in a larger one its members are looked for. */
const parsedTo = 128_000;

type Members = { readonly [name in (typeof memberNames)[number]]?: Buffer | undefined };
const memberNames = ['source', 'id', 'data', 'data_base64'] as const;

/** Members as they were sent; undefined when the envelope is damaged. */
function* membersOf(envelope: Buffer): Generator<void, Members | undefined> {
  if (envelope.length <= parsedTo) {
    try {
      JSON.parse(envelope.toString());
    } catch {
      return undefined;
    }
  }
  return Object.fromEntries(yield* jsonMembers(envelope, memberNames));
}

/** The text of a JSON string; undefined for any other value, and none. */
function textOf(value: Buffer | undefined): string | undefined {
  if (value?.[0] !== 0x22) return undefined;
  try {
    return JSON.parse(value.toString()) as string;
  } catch {
    return undefined;
  }
}

/** The record within an envelope; an envelope without data is a record itself. */
function* unwrap(envelope: Decoded): Generator<void, Decoded> {
  if (envelope.problem !== undefined || envelope.bytes.length === 0) return envelope;
  if (envelope.bytes.length > longest) return envelope;
  const members = yield* membersOf(envelope.bytes);
  if (members === undefined)
    return { ...envelope, problem: { path: '', reason: 'damaged JSON in the envelope of a CloudEvent' } };
  const data = dataOf(members);
  return {
    ...envelope,
    ...nameOf(textOf(members.source), textOf(members.id)),
    ...(data === undefined || data.length === 0 ? {} : { bytes: data }),
  };
}

function dataOf({ data, data_base64 }: Members): Buffer | undefined {
  const base64 = textOf(data_base64);
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  // Some producers put their JSON into a string.
  const text = textOf(data);
  return text === undefined ? data : Buffer.from(text);
}

/** Header values are percent-encoded, and may be quoted. */
function plain(value: string | undefined): string | undefined {
  const unquoted = value?.replace(/^"(.*)"$/, '$1');
  try {
    return unquoted === undefined ? undefined : decodeURIComponent(unquoted);
  } catch {
    return unquoted;
  }
}

function* cut(body: Buffer, headers: Headers): Generator<Decoded> {
  if (isStructured(headers)) {
    for (const envelope of cutJson(body)) {
      const unwrapping = unwrap(envelope);
      let step = unwrapping.next();
      for (; !step.done; step = unwrapping.next()) yield { ...envelope, bytes: nothing };
      yield step.value;
    }
    return;
  }
  const name = nameOf(plain(headers['ce-source']), plain(headers['ce-id']));
  let index = 0;
  for (const record of cutJson(body)) {
    if (record.bytes.length === 0 || !('id' in name)) yield record;
    else yield { ...record, id: index === 0 ? name.id : `${name.id}/${index}` };
    index += 1;
  }
}

export const cloudevents: Protocol = {
  name: 'cloudevents',
  doc: 'CloudEvents 1.0: structured, batched or binary.',
  example:
    '{"specversion":"1.0","id":"e-1","source":"/gateways/eu","type":"access","datacontenttype":"application/json","data":{"request_method":"GET","status":200}}',
  decode: (body, headers) =>
    // Bytes alone, as in a file, are taken for the structured form.
    ok(cut(body, carriesCloudEvents(headers) ? headers : { 'content-type': 'application/cloudevents+json' })),
};
