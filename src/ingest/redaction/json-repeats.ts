/**
 * What gateways repeat in record after record. Otoroshi puts the whole configuration of a route into each of its events,
 * four fifths of their bytes; Kong the service and the route. An object that is byte for byte one that stood at the top
 * of an earlier record is neither looked through for secrets nor parsed again.
 *
 *     {"@id":"1","route":{…},"status":200}  ─▶  outline {"@id":"1","route":‹mark›,"status":200} + the object of before
 */
import { randomUUID } from 'node:crypto';
import { type Cut, cutsOf, type FoundSpans, replaceSpans, type Span, withCuts } from './spans.ts';

/** An object as it came before. */
export interface Repeat {
  readonly bytes: Buffer;
  /** Without its secrets, which stood at `places`, counted from its first byte. */
  readonly clean: Buffer;
  readonly places: readonly Span[];
  /** Parsed from `clean`, and frozen: many records share it. */
  readonly value: unknown;
}

/** Where in its record a repeat begins, and under which name. */
export interface RepeatAt {
  readonly start: number;
  readonly name: string;
  readonly repeat: Repeat;
}

/** A shorter object costs as much to recognise as to read. */
const shortest = 256;
/** Bytes at its beginning by which an object is looked up: entities begin with their id. */
const headBytes = 128;
/** Bytes of objects that are remembered, the latest; what is parsed from them takes about four times that. */
const mostBytes = 4 << 20;
const longest = mostBytes / 16;
/** Objects of a name that may come without a repeat before the name is not looked at, and for how many. */
const patience = 8;
const mostPatience = 64;
const rest = 2_000;
/** Names are distinguished by a number below this; those that share one share their patience, no more. */
const nameNumbers = 256;

const numberOf = (bytes: Buffer, name: number, nameEnd: number): number =>
  ((bytes[name] as number) * 7 + (bytes[nameEnd - 1] as number) * 31 + nameEnd - name) % nameNumbers;

const headOf = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, at + headBytes);

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

function parsed(clean: Buffer): unknown {
  try {
    return freeze(JSON.parse(clean.toString()));
  } catch {
    return undefined;
  }
}

/** The spans from `first` on, counted from `start`. */
function within(spans: FoundSpans, first: number, start: number): FoundSpans {
  return {
    count: spans.count - first,
    each(visit) {
      let index = 0;
      spans.each((from, to, level, rule) => {
        if (index++ >= first) visit(from - start, to - start, level, rule);
      });
    },
  };
}

/** For records that the same rules are applied to, one after the other; for use by one thread. */
export class Repeats {
  readonly #byHead = new Map<string, Repeat>();
  #bytes = 0;
  readonly #patience = new Int16Array(nameNumbers).fill(patience);
  /** Whether an object of such a name is remembered: under most names there are short ones only. */
  readonly #isKnown = new Uint8Array(nameNumbers);
  #found: RepeatAt[] = [];
  // The object that was opened last and is no repeat yet, if it may become one: where it begins, the spans found before
  // it, its name and the number of that.
  #start = -1;
  #spans = 0;
  #name = 0;
  #nameEnd = 0;
  #number = 0;

  /** The repeats of the record since {@link begin}, in order. */
  get found(): readonly RepeatAt[] {
    return this.#found;
  }

  begin(): void {
    if (this.#found.length > 0) this.#found = [];
    this.#start = -1;
  }

  /**
   * Told of an object at the top of the record, its name between `name` and `nameEnd`, with so many spans found before
   * it. Answers where to go on: behind it when it is a repeat, else at its beginning.
   */
  open(bytes: Buffer, name: number, nameEnd: number, at: number, end: number, spans: number): number {
    this.#start = -1;
    if (end - at < shortest) return at;
    const number = numberOf(bytes, name, nameEnd);
    const repeat = this.#isKnown[number] === 1 ? this.#lookUp(bytes, at, end, number) : undefined;
    if (repeat !== undefined) {
      this.#found.push({ start: at, name: bytes.toString('utf8', name, nameEnd), repeat });
      return at + repeat.bytes.length;
    }
    this.#start = at;
    this.#spans = spans;
    this.#number = number;
    this.#name = name;
    this.#nameEnd = nameEnd;
    return at;
  }

  /** Told that an object or list at the top of the record ends before `stop`. */
  close(bytes: Buffer, stop: number, spans: FoundSpans): void {
    const start = this.#start;
    this.#start = -1;
    if (start === -1 || stop - start < shortest || stop - start > longest) return;
    // As a member of a record it would become its prototype.
    if (!this.#isWorthIt() || bytes.toString('latin1', this.#name, this.#nameEnd) === '__proto__') return;
    const own = Buffer.from(bytes.subarray(start, stop));
    const { bytes: clean, places } = replaceSpans(own, within(spans, this.#spans, start));
    const value = parsed(clean);
    if (value === undefined) return;
    this.#isKnown[this.#number] = 1;
    this.#remember({ bytes: own, clean, places, value });
  }

  #lookUp(bytes: Buffer, at: number, end: number, number: number): Repeat | undefined {
    const left = this.#patience[number] as number;
    if (left <= 0) return undefined;
    const repeat = this.#byHead.get(headOf(bytes, at));
    if (repeat === undefined) return undefined;
    const { length } = repeat.bytes;
    if (at + length > end || bytes.compare(repeat.bytes, 0, length, at, at + length) !== 0) return undefined;
    if (left < mostPatience) this.#patience[number] = left + 1;
    return repeat;
  }

  #isWorthIt(): boolean {
    const left = (this.#patience[this.#number] as number) - 1;
    this.#patience[this.#number] = left < -rest ? patience : left;
    return left >= 0;
  }

  #remember(repeat: Repeat): void {
    const head = headOf(repeat.bytes, 0);
    this.#forget(head);
    this.#byHead.set(head, repeat);
    this.#bytes += repeat.bytes.length;
    for (const oldest of this.#byHead.keys()) {
      if (this.#bytes <= mostBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(head: string): void {
    this.#bytes -= this.#byHead.get(head)?.bytes.length ?? 0;
    this.#byHead.delete(head);
  }
}

/** A record with a mark in the place of each repeat. */
export interface Outline {
  readonly bytes: Buffer;
  readonly repeats: readonly RepeatAt[];
}

// No sender can know it.
const secret = randomUUID();
const markOf = (index: number): string => `${secret} ${index}`;

/** The record of an outline; throws as JSON.parse does. */
export function parseOutline({ bytes, repeats }: Outline): Record<string, unknown> {
  const record = JSON.parse(bytes.toString()) as Record<string, unknown>;
  // Of a name that is written twice the last value counts.
  for (const [index, { name, repeat }] of repeats.entries())
    if (record[name] === markOf(index)) record[name] = repeat.value;
  return record;
}

const inOrder = (a: { readonly start: number }, b: { readonly start: number }): number => a.start - b.start;

/**
 * `bytes` with the secrets replaced that lie at `spans` and in `repeats`, none of which lies in another; and its outline.
 */
export function replaceWithRepeats(
  bytes: Buffer,
  spans: FoundSpans,
  repeats: readonly RepeatAt[],
): { bytes: Buffer; places: readonly Span[]; outline: Outline } {
  const { places, cuts } = cutsOf(bytes, spans);
  const all = [...places];
  const cleaned: Cut[] = [...cuts];
  const outlined: Cut[] = [...cuts];
  for (const [index, { start, repeat }] of repeats.entries()) {
    const end = start + repeat.bytes.length;
    for (const place of repeat.places)
      all.push({ ...place, start: start + place.start, end: start + place.end });
    if (repeat.places.length > 0) cleaned.push({ start, end, put: repeat.clean });
    outlined.push({ start, end, put: `"${markOf(index)}"` });
  }
  return {
    bytes: cleaned.length === 0 ? bytes : withCuts(bytes, cleaned.sort(inOrder)),
    places: all.sort(inOrder),
    outline: { bytes: withCuts(bytes, outlined.sort(inOrder)), repeats },
  };
}
