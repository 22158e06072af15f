/**
 * Personal data of tenants that want none on their disk: the fields that an event type marks as personal are replaced
 * in the bytes and in the parsed record, and the columns that hold such data stay empty.
 */
import { columns } from '../core/event.ts';
import type { EventType, GatewayRecord, Normalised } from '../core/spec.ts';
import { describedFields } from '../vocabularies/fields.ts';
import { looksLikeJson } from './json-skip.ts';
import type { Redacted } from './redact.ts';
import { type PathTree, pathTree, scanPaths } from './redact-paths.ts';
import { ruleNumber } from './redact-rules.ts';
import { createSpans, inText, mark, replaceSpans, type Spans } from './redact-spans.ts';

const rule = ruleNumber('personal');
const personalColumns = columns.filter(({ personal }) => personal === true).map(({ name }) => name);

/** Where records of this type hold personal data; undefined when nowhere. */
export const personalPaths = (type: EventType): PathTree | undefined =>
  pathTree(
    describedFields(type.fields.properties)
      .filter(({ notes }) => notes.personal === true)
      .map(({ path }) => path),
  );

type Members = Record<string, unknown>;

/** Nothing, or how gateways write nothing. */
const isBlank = (value: unknown): boolean =>
  value === null || typeof value === 'boolean' || (typeof value === 'string' && /^-*$/.test(value));

/** Replaces the values at the ends of `tree`, and tells the texts among them to `found`. */
function hide(value: unknown, tree: PathTree, found: (text: string) => void): unknown {
  if (tree.ends) {
    if (isBlank(value)) return value;
    if (typeof value === 'string' && value !== mark) found(value);
    return mark;
  }
  if (Array.isArray(value)) return value.map((item) => hide(item, tree, found));
  if (typeof value !== 'object' || value === null) return value;
  const members = { ...value } as Members;
  for (const [name, below] of tree.below)
    if (Object.hasOwn(members, name)) members[name] = hide(members[name], below, found);
  return members;
}

const isWord = (byte: number | undefined): boolean =>
  byte !== undefined && /[\w.:-]/.test(String.fromCharCode(byte));

/** In a line of text the values have no places of their own: they are looked for, as whole words. */
function scanWords(bytes: Buffer, texts: readonly string[], spans: Spans): void {
  for (const text of texts) {
    const word = Buffer.from(text);
    for (let at = bytes.indexOf(word); at >= 0; at = bytes.indexOf(word, at + word.length))
      if (!isWord(bytes[at - 1]) && !isWord(bytes[at + word.length]))
        spans.add(at, at + word.length, inText, rule);
  }
}

/** `record` and `bytes` are the same, read and as received, secrets redacted. Neither is changed. */
export function redactPersonal(
  bytes: Buffer,
  record: GatewayRecord,
  paths: PathTree,
): Redacted & { readonly record: GatewayRecord } {
  const texts: string[] = [];
  const hidden = hide(record, paths, (text) => texts.push(text)) as GatewayRecord;
  const spans = createSpans();
  if (looksLikeJson(bytes)) scanPaths(bytes, paths, rule, spans);
  else scanWords(bytes, texts, spans);
  return { ...replaceSpans(bytes, spans), record: hidden };
}

/** The same without the columns that hold personal data. */
export function withoutPersonal(normalised: Normalised): Normalised {
  const kept: Members = { ...normalised };
  for (const name of personalColumns) delete kept[name];
  return kept as unknown as Normalised;
}
