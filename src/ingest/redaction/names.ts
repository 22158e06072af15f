/**
 * Which names mark a secret, matched on bytes without making strings: a tree of the names written backwards, so that
 * endings (`adminPassword`) and whole names (`salt`) are one walk from the last letter, over after two or three steps
 * for most names.
 */
import { type RedactionRule, type RedactionRuleName, ruleNumber } from './rules.ts';
import { isBlank, isToken } from './shapes.ts';

/** What a name says about its value. Values of an enumeration, as numbers because they are read per member. */
export const Meaning = {
  none: 0,
  /** Whatever the value is, it is replaced. */
  secret: 1,
  /** Text, numbers and lists of text are replaced, objects are looked into. */
  secretUnlessEntity: 2,
  /** As a parameter of a query only. */
  queryOnly: 3,
  /** The value may name a secret whose value lies beside it. */
  pairName: 4,
  /** The same, as the path of a JSON patch. */
  patchPath: 5,
  pairValue: 6,
  cookies: 7,
  /** Text that looks like a credential is replaced. */
  secretIfToken: 8,
  /** Text in Base64 is looked into. */
  base64: 9,
} as const;
export type Meaning = (typeof Meaning)[keyof typeof Meaning];

/** A meaning, and in the bits above it the number of the rule that says so. 0: the name says nothing. */
export type Sign = number;
const meaningBits = 4;
export const signOf = (meaning: Meaning, rule: number): Sign => meaning | (rule << meaningBits);
export const meaningOf = (sign: Sign): Meaning => (sign & ((1 << meaningBits) - 1)) as Meaning;
export const ruleOf = (sign: Sign): number => sign >> meaningBits;

export type NameMatcher = (bytes: Uint8Array, start: number, end: number) => Sign;

const skipped = 27;
/** Letters as 1 to 26 without case, digits from 28; `-` and `_` are passed over; everything else ends the walk. */
const fold = new Uint8Array(256);
for (let digit = 0; digit <= 9; digit++) fold[0x30 + digit] = 28 + digit;
for (let letter = 1; letter <= 26; letter++) {
  fold[0x40 + letter] = letter;
  fold[0x60 + letter] = letter;
}
fold[0x2d] = skipped;
fold[0x5f] = skipped;
const width = 64;

function meaningOfRule({ queryOnly, entities, tokensOnly, base64 }: RedactionRule): Meaning {
  if (queryOnly) return Meaning.queryOnly;
  if (tokensOnly) return Meaning.secretIfToken;
  if (base64) return Meaning.base64;
  return entities ? Meaning.secretUnlessEntity : Meaning.secret;
}

/** Compiles the names of `rules`; `further` are endings added by an operator. */
export function compileNames(rules: readonly RedactionRule[], further: readonly string[]): NameMatcher {
  const has = (name: string) => rules.some((rule) => rule.name === name);
  const steps: number[] = new Array(width).fill(0);
  const whole: Sign[] = [0];
  const ending: Sign[] = [0];

  function plant(name: string, signs: Sign[], sign: Sign): void {
    let node = 0;
    for (let at = name.length - 1; at >= 0; at--) {
      const letter = fold[name.charCodeAt(at) & 0xff] as number;
      if (letter === skipped || letter === 0) continue;
      const place = node * width + letter;
      if (steps[place] === 0) {
        steps[place] = whole.push(0) - 1;
        ending.push(0);
        for (let column = 0; column < width; column++) steps.push(0);
      }
      node = steps[place] as number;
    }
    if (node !== 0) signs[node] = sign;
  }

  for (const rule of rules) {
    const sign = signOf(meaningOfRule(rule), ruleNumber(rule.name as RedactionRuleName));
    for (const name of rule.names ?? []) plant(name, whole, sign);
    for (const name of rule.endings ?? []) plant(name, ending, sign);
  }
  for (const name of further) plant(name, ending, signOf(Meaning.secret, ruleNumber('fields')));
  const [pairs, patches, cookies] = [ruleNumber('pairs'), ruleNumber('patches'), ruleNumber('cookies')];
  for (const { pairs: pair } of rules) {
    for (const name of pair?.names ?? []) plant(name, whole, signOf(Meaning.pairName, pairs));
    for (const name of pair?.values ?? []) plant(name, whole, signOf(Meaning.pairValue, pairs));
  }
  if (has('patches')) plant('path', whole, signOf(Meaning.patchPath, patches));
  if (has('pairs') || has('patches') || has('cookies'))
    plant('value', whole, signOf(Meaning.pairValue, cookies));
  if (has('cookies')) plant('cookies', whole, signOf(Meaning.cookies, cookies));

  const next = Uint16Array.from(steps);
  const wholes = Uint16Array.from(whole);
  const endings = Uint16Array.from(ending);

  return function signOfName(bytes, start, end) {
    let node = 0;
    let found = 0;
    for (let at = end - 1; at >= start; at--) {
      const letter = fold[bytes[at] as number] as number;
      if (letter === skipped) continue;
      node = next[node * width + letter] as number;
      if (node === 0) return found;
      if (endings[node] !== 0) found = endings[node] as number;
    }
    return (wholes[node] as number) || found;
  };
}

/** Whether the name is that of a secret wherever it stands, of whatever value or of one that looks like it. */
export function isSecret(sign: Sign): boolean {
  const meaning = meaningOf(sign);
  return (
    meaning === Meaning.secret || meaning === Meaning.secretUnlessEntity || meaning === Meaning.secretIfToken
  );
}

/** Whether the text between `start` and `end`, which is not empty, is a secret under a name of this sign. */
export const isSecretText = (sign: Sign, bytes: Buffer, start: number, end: number): boolean =>
  !isBlank(bytes, start, end) && (meaningOf(sign) !== Meaning.secretIfToken || isToken(bytes, start, end));
