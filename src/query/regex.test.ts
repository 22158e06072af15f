import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globTest, literalPattern, parseGlob } from './glob.ts';
import { parseRegex } from './regex.ts';
import { regexTest } from './regex-match.ts';

const found = (source: string, text: string): boolean => {
  const regex = parseRegex(source);
  if (!regex.ok) throw new Error(`${source}: ${regex.error.reason}`);
  return regexTest(regex.value.node)(text);
};

const atom = fc.constantFrom(
  'a',
  'b',
  'é',
  '😀',
  '.',
  '[ab]',
  '[^a-c]',
  '\\d',
  '\\W',
  '\\.',
  '^',
  '$',
  '\\b',
  '-',
);
const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { depthSize: 'small' },
    atom,
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => a + b),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('source'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}', '*?'))
      .map(([a, count]) => `(?:a${a})${count}`),
  ),
}));

describe('a regular expression', () => {
  it('finds what the platform’s own expressions find', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '1', 'é', '😀', '.', '-', ' ', '\n'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(source, text, (expression, subject) => {
        const own = new RegExp(expression, 'us');
        expect(found(expression, subject)).toBe(own.test(subject));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes time linear in the text where backtracking would not end', () => {
    expect(found('(a+)+$', `${'a'.repeat(20_000)}b`)).toBe(false);
    expect(found('(.*)*(.*)*x', 'y'.repeat(2_000))).toBe(false);
  });

  it.each([
    ['(?=a)', 'lookaround'],
    ['(?<n>a)', 'no names'],
    ['\\1', 'backreferences'],
    ['\\p', 'not understood'],
    ['*a', 'nothing to repeat'],
    ['^*', 'nothing to repeat'],
    ['a**', 'repeats a repetition'],
    ['(a', 'not closed'],
    ['a)', 'closes nothing'],
    ['[a', 'not closed'],
    ['[b-a]', 'backwards'],
    ['a{2,1}', 'cannot be'],
    ['a{5000}', 'cannot be'],
    ['((((a{9}){9}){9}){9})', 'too large'],
    ['('.repeat(100), 'nested too deeply'],
    ['a\\', 'ends too early'],
  ])('refuses %s', (expression, reason) => {
    const regex = parseRegex(expression);
    expect(!regex.ok && regex.error.reason).toContain(reason);
  });

  it('folds only A to Z', () => {
    expect(found('(?i)^aB-[x-z]\\W$', 'Ab-Y!')).toBe(true);
    expect(found('(?i)É', 'é')).toBe(false);
    expect(found('(?i)k', '\u212A')).toBe(false);
  });
});

describe('a wildcard pattern', () => {
  it('covers the whole text, a question mark any one character', () => {
    const fits = (pattern: string, text: string) => globTest(parseGlob(pattern))(text);
    expect(fits('a*c', 'abbc')).toBe(true);
    expect(fits('a*c', 'abcd')).toBe(false);
    expect(fits('?', '😀')).toBe(true);
    expect(fits('??', '😀')).toBe(false);
    expect(fits('\\*\\?\\\\', '*?\\')).toBe(true);
    expect(fits('*a*a*a*a*b', 'a'.repeat(5000))).toBe(false);
  });

  it('of a literal text fits that text alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, other) => {
        const fits = globTest(parseGlob(literalPattern(text)));
        expect(fits(text)).toBe(true);
        expect(fits(other)).toBe(text === other);
      }),
    );
  });
});
