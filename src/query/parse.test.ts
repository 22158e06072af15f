import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Filter, Test } from '../core/filter.ts';
import { bindFilter } from './bind.ts';
import { createFields } from './fields.ts';
import { literalPattern } from './glob.ts';
import { parseFilter } from './parse.ts';
import { printFilter, printTerm } from './print.ts';

/** Without places, so that filters can be compared. */
const bare = (filter: Filter): unknown =>
  JSON.parse(JSON.stringify(filter, (key, value) => (key === 'at' ? undefined : value)));
const read = (text: string): unknown => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.reason}`);
  return bare(parsed.value);
};
const is = (field: string, value: string): Filter => ({ kind: 'term', field, test: { op: 'is', value } });

describe('the filter language', () => {
  it('binds NOT before AND before OR, and reads neighbours as AND', () => {
    const [a, b, c] = [is('a', '1'), is('b', '2'), is('c', '3')] as const;
    expect(read('a:1 b:2 OR c:3')).toEqual({ kind: 'or', parts: [{ kind: 'and', parts: [a, b] }, c] });
    expect(read('a:1 AND (b:2 OR c:3)')).toEqual({ kind: 'and', parts: [a, { kind: 'or', parts: [b, c] }] });
    expect(read('NOT a:1 b:2')).toEqual({ kind: 'and', parts: [{ kind: 'not', part: a }, b] });
    expect(read('-a:1')).toEqual({ kind: 'not', part: a });
    expect(read('-(a:1 OR b:2)')).toEqual({ kind: 'not', part: { kind: 'or', parts: [a, b] } });
  });

  it('reads the example of the design', () => {
    expect(read('status:>=500 consumer:"mobile-app" -route:/health*')).toEqual({
      kind: 'and',
      parts: [
        { kind: 'term', field: 'status', test: { op: 'within', from: { value: '500', inclusive: true } } },
        is('consumer', 'mobile-app'),
        { kind: 'not', part: { kind: 'term', field: 'route', test: { op: 'like', pattern: '/health*' } } },
      ],
    });
  });

  it('spreads a field over the values in its parentheses', () => {
    expect(read('a:(1 OR (2 AND -3))')).toEqual({
      kind: 'or',
      parts: [is('a', '1'), { kind: 'and', parts: [is('a', '2'), { kind: 'not', part: is('a', '3') }] }],
    });
  });

  it('takes a word between slashes for an expression, and a path for a path', () => {
    expect(read('path:/^a.*z$/')).toEqual({
      kind: 'term',
      field: 'path',
      test: { op: 'regex', source: '^a.*z$' },
    });
    expect(read('path:/api/orders/')).toEqual(is('path', '/api/orders/'));
    expect(read('path:/health OR path:/')).toEqual({
      kind: 'or',
      parts: [is('path', '/health'), is('path', '/')],
    });
    expect(read('(path:/a(b|c)/)')).toEqual({
      kind: 'term',
      field: 'path',
      test: { op: 'regex', source: 'a(b|c)' },
    });
  });

  it('takes colons after the first one, and words that are no names, as they are', () => {
    expect(read('time:>2026-01-01T00:00:00Z')).toMatchObject({
      test: { from: { value: '2026-01-01T00:00:00Z' } },
    });
    expect(read('clientIp:2001:db8::/32')).toEqual(is('clientIp', '2001:db8::/32'));
    expect(read('10.0.0.1:80')).toEqual({ kind: 'text', pattern: '10.0.0.1:80' });
  });

  it.each([
    ['status:', 7, 'expected a value of status'],
    ['status:500 OR', 13, 'expected a term'],
    ['AND a:1', 0, 'expected a term before AND'],
    ['a:1 AND OR b:2', 8, 'expected a term before OR'],
    ['(a:1', 0, 'expected )'],
    ['a:1)', 3, 'closes nothing'],
    ['a:"x', 2, 'not closed'],
    ['a:[1 TO 2', 2, 'not closed'],
    ['a:[1 2]', 2, 'expected a range'],
    ['a:>5*', 3, 'plain values'],
    ['a:()', 3, 'expected a value of a'],
    ['/x/', 0, 'needs a field'],
    [`${'('.repeat(200)}a`, 101, 'nested deeper'],
    ['-'.repeat(200), 101, 'nested deeper'],
    ['x'.repeat(10_001), 10_000, 'at most 10000'],
  ])('names the place and what was expected: %s', (text, offset, reason) => {
    const parsed = parseFilter(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.error.reason).toContain(reason);
    expect(parsed.error.offset).toBe(offset);
    expect(parsed.error.length).toBeGreaterThan(0);
  });

  it('never throws, whatever is written', () => {
    const pieces = fc.constantFrom(
      'a:',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '"',
      '\\',
      '*',
      '?',
      '/',
      '-',
      'AND',
      'OR',
      'NOT',
      'TO',
      '>',
      '=',
      ' ',
      ':',
      '1',
      'é',
      '😀',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          const parsed = parseFilter(text);
          if (parsed.ok) expect(read(printFilter(parsed.value))).toEqual(bare(parsed.value));
          else expect(parsed.error.offset).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('AND', '/x/', '-1', 'a b', '"', '\\', '>=5', '[', '2026-01-01T00:00:00Z', '(', ''),
);
const bound = fc.record({ value, inclusive: fc.boolean() });
const pattern = fc
  .array(fc.oneof(fc.constantFrom('*', '?'), value.map(literalPattern)), { minLength: 1 })
  .map((parts) => parts.join(''))
  .filter(
    (text) =>
      !/^\**$/.test(text) && !/\*\*/.test(text.replace(/\\./gsu, 'x')) && /(^|[^\\])(\\\\)*[*?]/.test(text),
  );
const test: fc.Arbitrary<Test> = fc.oneof(
  value.map((text): Test => ({ op: 'is', value: text })),
  pattern.map((text): Test => ({ op: 'like', pattern: text })),
  fc.constantFrom('^a', 'a|b', '(x)', '\\/', '\\ ').map((source): Test => ({ op: 'regex', source })),
  fc.constant<Test>({ op: 'present' }),
  bound.map((from): Test => ({ op: 'within', from })),
  bound.map((to): Test => ({ op: 'within', to })),
  fc.tuple(bound, bound).map(([from, to]): Test => ({ op: 'within', from, to })),
);
const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('term' as const),
      field: fc.constantFrom('status', '@type', 'attributes.x-1', 'été'),
      test,
    }),
    value.map((text): Filter => ({ kind: 'text', pattern: literalPattern(text) })),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, parts]): Filter => ({ kind, parts })),
    tie('tree').map((part): Filter => ({ kind: 'not', part })),
  ),
}));

describe('a printed filter', () => {
  it('reads back as the same filter', () => {
    fc.assert(
      fc.property(tree, (filter) => {
        expect(read(printFilter(filter))).toEqual(bare(filter));
      }),
      { numRuns: 2000 },
    );
  });

  it('of one value of an event finds that value, whatever is in it', () => {
    fc.assert(
      fc.property(value, (text) => {
        expect(read(printTerm('a', text))).toEqual(is('a', text));
      }),
    );
  });
});

describe('a filter against the fields', () => {
  const fields = createFields([{ name: 'quota', kind: 'number', doc: 'A number.', personal: true }]);
  const problem = (text: string, unmasked = true) => {
    const parsed = parseFilter(text);
    const bound = parsed.ok ? bindFilter(parsed.value, { fields, now: 0, unmasked }) : parsed;
    return bound.ok ? undefined : bound.error;
  };

  it.each([
    ['a:1 statsu:500', 'there is no field a;'],
    ['statsu:500', 'did you mean status?'],
    ['Status:500', 'did you mean status?'],
    ['status:abc', 'status is a number such as 500'],
    ['duration:5parsecs', 'with a unit (us, ms, s, m, h, d)'],
    ['bytesOut:5ms', 'with a unit (B, kB'],
    ['status:5ms', 'is a number'],
    ['cached:yes', 'cached is true or false'],
    ['service:>5', 'no number'],
    ['time:yesterday', 'is a time such as'],
    ['clientIp:10.0.0.0/33', 'a block such as'],
    ['path:/(?=a)/', 'lookaround'],
    ['path:/a(/ ', 'not closed'],
  ])('says what was expected: %s', (text, reason) => {
    expect(problem(text)?.reason).toContain(reason);
  });

  it('points at the term', () => {
    expect(problem('status:500 AND cached:maybe')).toMatchObject({ offset: 15, length: 12 });
  });

  it('lets no one ask about personal fields without the permission, but whether they are there', () => {
    for (const text of [
      'consumer:a',
      '-user:a*',
      'clientIp:10.0.0.0/8',
      'quota:>1',
      'attributes.quota:1',
      'raw:a',
    ])
      expect(problem(text, false), text).toMatchObject({ forbidden: true });
    expect(problem('consumer:* service:orders mobile', false)).toBeUndefined();
  });
});
