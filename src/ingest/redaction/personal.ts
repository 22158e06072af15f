/**
 * Personal data of tenants that want none on their disk. Where it stands is known twice: an event type marks fields as
 * personal, and what it fills into the columns for personal data came from somewhere. The marked fields are replaced
 * whole; the values of both are looked for, as words, in every other text of the record, since an address stands in
 * headers, lists and sentences too. Rather too much than too little. The columns themselves stay empty.
 */
import { columns } from '../../core/event.ts';
import type { EventType, GatewayRecord, Normalised } from '../../core/spec.ts';
import { describedFields } from '../../vocabularies/fields.ts';
import { backslash, looksLikeJson, quote, skipValue } from './json-skip.ts';
import { unescaped } from './json-strings.ts';
import { walkJson } from './json-walk.ts';
import { type PathTree, pathTree, scanPaths } from './paths.ts';
import type { Redacted } from './redact.ts';
import { ruleNumber } from './rules.ts';
import { createSpans, inText, mark, replaceSpans, type Spans } from './spans.ts';

const rule = ruleNumber('personal');
const personalColumns = columns.filter(({ personal }) => personal === true).map(({ name }) => name);
/** Shorter words stand in other texts by chance. */
const shortestWord = 3;

/** Where records of this type hold personal data; undefined when nowhere. */
const personalPaths = (type: EventType): PathTree | undefined =>
  pathTree(
    describedFields(type.fields.properties).flatMap(({ path, notes: { personal, personalMembers = [] } }) => [
      ...(personal === true ? [path] : []),
      ...personalMembers.map((name) => [...path, name]),
    ]),
  );

type Members = Record<string, unknown>;

/** Nothing, or how gateways write nothing. */
const isBlank = (value: unknown): boolean =>
  value === null || typeof value === 'boolean' || (typeof value === 'string' && /^-*$/.test(value));

const below = (tree: PathTree | undefined, name: string): PathTree | undefined =>
  tree?.below.get(name.toLowerCase());

/** Tells the texts at the ends of `tree`; a pair in a list, `{"key", "value"}`, stands for a member of that name. */
function collect(value: unknown, tree: PathTree | undefined, words: Set<string>): void {
  if (tree === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) {
      collect(item, tree, words);
      const pair = item as Members | null | undefined;
      if (typeof pair?.key === 'string') collect(pair.value, below(tree, pair.key), words);
    }
  } else if (typeof value === 'object' && value !== null) {
    const members = value as Members;
    for (const name in members) collect(members[name], tree.ends ? tree : below(tree, name), words);
  } else if (tree.ends && (typeof value === 'string' || typeof value === 'number')) words.add(String(value));
}

function wordsOf(
  record: GatewayRecord,
  tree: PathTree | undefined,
  said: Normalised | undefined,
): readonly string[] {
  const words = new Set<string>();
  collect(record, tree, words);
  for (const name of personalColumns) {
    const value = (said as Members | undefined)?.[name];
    if (typeof value === 'string') words.add(value);
  }
  // Longer ones first: one may begin another.
  return [...words]
    .filter((word) => word.length >= shortestWord && word !== mark && !isBlank(word))
    .sort((a, b) => b.length - a.length);
}

const isPart = (character: string | undefined): boolean => character !== undefined && /[\w-]/.test(character);

/** Places of `word` in `text` with nothing of a longer word around them. */
function* placesOf(text: string, word: string): Generator<number> {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
    if (!isPart(text[at - 1]) && !isPart(text[at + word.length])) yield at;
}

/** The words as bytes, one character each, so that places count as bytes do. */
const asBytes = (words: readonly string[]): string[] =>
  words.map((word) => Buffer.from(word).toString('latin1'));

/** Reports the words of the text between `start` and `end`, which may be written with escapes. */
function scanWords(bytes: Buffer, start: number, end: number, words: readonly string[], spans: Spans): void {
  const piece = bytes.subarray(start, end);
  const { text, places } = piece.includes(backslash)
    ? unescaped(bytes, start, end)
    : { text: piece, places: undefined };
  const characters = text.toString('latin1');
  const placeOf = (at: number): number => places?.[at] ?? start + at;
  for (const word of words)
    for (const at of placesOf(characters, word))
      spans.add(placeOf(at), placeOf(at + word.length), inText, rule);
}

function scanTexts(bytes: Buffer, words: readonly string[], spans: Spans): void {
  walkJson(bytes, (_, __, at) => {
    if (bytes[at] !== quote) return true;
    scanWords(bytes, at + 1, skipValue(bytes, at, bytes.length) - 1, words, spans);
    return false;
  });
}

/** The same done to the parsed record. */
function hide(value: unknown, tree: PathTree | undefined, words: readonly string[]): unknown {
  if (tree?.ends === true && !isBlank(value)) return mark;
  if (typeof value === 'string') return hideWords(value, words);
  if (Array.isArray(value)) return value.map((item) => hide(item, tree, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, hide(member, below(tree, name), words)]),
  );
}

function hideWords(text: string, words: readonly string[]): string {
  let hidden = text;
  for (const word of words) {
    const places = [...placesOf(hidden, word)];
    for (const at of places.reverse()) hidden = hidden.slice(0, at) + mark + hidden.slice(at + word.length);
  }
  return hidden;
}

/** `record` and `bytes` are the same, read and as received, secrets redacted. Neither is changed. */
export type PersonalRedaction = (
  bytes: Buffer,
  record: GatewayRecord,
) => Redacted & { readonly record: GatewayRecord };

/** For the records of one type; what can be prepared is prepared here, once. */
export function createPersonalRedaction(type: EventType): PersonalRedaction {
  const paths = personalPaths(type);

  /** What the type makes of the record, where it can: what is wrong with one is told by others. */
  function said(record: GatewayRecord): Normalised | undefined {
    try {
      return type.normalise(record);
    } catch {
      return undefined;
    }
  }

  return function redactPersonal(bytes, record) {
    const words = wordsOf(record, paths, said(record));
    const sought = asBytes(words);
    const spans = createSpans();
    if (!looksLikeJson(bytes)) scanWords(bytes, 0, bytes.length, sought, spans);
    else {
      if (paths !== undefined) scanPaths(bytes, paths, rule, spans);
      if (words.length > 0) scanTexts(bytes, sought, spans);
    }
    return { ...replaceSpans(bytes, spans), record: hide(record, paths, words) as GatewayRecord };
  };
}

/** The same without the columns that hold personal data. */
export function withoutPersonal(normalised: Normalised): Normalised {
  const kept: Members = { ...normalised };
  for (const name of personalColumns) delete kept[name];
  return kept as unknown as Normalised;
}
