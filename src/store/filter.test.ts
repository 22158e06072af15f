/** Random filters over random events: the engine and the predicate in memory keep the same ones. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Event } from '../core/event.ts';
import type { Filter, Test } from '../core/filter.ts';
import { bindFilter, type Condition } from '../query/bind.ts';
import { createFields } from '../query/fields.ts';
import { literalPattern } from '../query/glob.ts';
import { matches } from '../query/matches.ts';
import { declaredForCases } from '../query/meaning.cases.ts';
import { printFilter } from '../query/print.ts';
import { conditionSql } from './compile-condition.ts';
import { createParams } from './params.ts';
import { createRun } from './run.ts';
import { eventsTable } from './schema.ts';
import { openTestStore, type TestStore } from './store.fixture.ts';

const fields = createFields(declaredForCases);

const letters = fc.constantFrom(
  'a',
  'A',
  'b',
  'é',
  'É',
  'ß',
  '😀',
  '%',
  '_',
  '*',
  '?',
  '\\',
  "'",
  '"',
  '\t',
  '\n',
  ' ',
  '.',
  '/',
  '5',
  '50',
  '-1',
  '\u212A',
  'ſ',
);
const text = fc.array(letters, { maxLength: 5 }).map((parts) => parts.join(''));
const number = fc.constantFrom(0, 1, 5, 50, 500, 503, 65_535);
const big = fc.oneof(number, fc.constantFrom(-5, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER));
const address = fc.oneof(
  fc.constantFrom(
    '1.2.3.4',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4 ',
    '::1',
    '::ffff:1.2.3.9',
    '2001:db8::1',
    '2001:DB8:0::1',
    '1.2.3.4:80',
    'fe80::1%eth0',
    '[::1]',
    '::1.2.3.4',
    '1:2:3:4:5:6:7::',
    '::ffff:01.2.3.4',
    '0x1.2.3.4',
    '1.2.3.04',
  ),
  text,
);
const quota = fc.oneof(
  text,
  fc.constantFrom('5', '5.0', '+5', '-5', '5e1', '5.', '.5', 'inf', 'nan', '0x5', ' 5', '1e999', '5\n'),
);

const present = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 3 });
const event = fc.record({
  service: present(text),
  path: present(text),
  error: present(text),
  consumer: present(text),
  consumerGroups: present(fc.array(text, { maxLength: 3 })),
  clientIp: present(address),
  status: present(number),
  duration: present(big),
  cached: present(fc.boolean()),
  attributes: present(fc.dictionary(fc.constantFrom('quota', 'tls', 'phase', 'x'), quota)),
  raw: text,
});

const pattern = fc
  .array(fc.oneof(fc.constantFrom('*', '?'), letters.map(literalPattern)), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));
const regex = fc.constantFrom(
  '^a',
  'b$',
  '(?i)A+',
  '[^a-z]',
  'a|é',
  '\\bA\\b',
  '.{3}',
  '\\W',
  '^.$',
  '\\s',
  '(?i)[k-s]',
  'ß?',
  '\\\\',
  "'",
  '(a*)*$',
  '5{1,2}',
);
const asText: fc.Arbitrary<Test> = fc.oneof(
  text.map((value): Test => ({ op: 'is', value })),
  pattern.map((value): Test => ({ op: 'like', pattern: value })),
  regex.map((source): Test => ({ op: 'regex', source })),
  fc.constant<Test>({ op: 'present' }),
);
const limit = fc.record({
  value: fc.oneof(big.map(String), fc.constantFrom('5.5', '-0')),
  inclusive: fc.boolean(),
});
const asNumber: fc.Arbitrary<Test> = fc.oneof(
  limit.map((from): Test => ({ op: 'within', from })),
  fc.tuple(limit, limit).map(([from, to]): Test => ({ op: 'within', from, to })),
  big.map((value): Test => ({ op: 'is', value: String(value) })),
  fc.constantFrom<Test>(
    { op: 'like', pattern: '5*' },
    { op: 'like', pattern: '?0?' },
    { op: 'regex', source: '0$' },
    { op: 'present' },
  ),
);
const term = (field: fc.Arbitrary<string>, test: fc.Arbitrary<Test>): fc.Arbitrary<Filter> =>
  fc.record({ kind: fc.constant('term' as const), field, test });
const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    term(
      fc.constantFrom('service', 'path', 'consumer', 'consumerGroups', 'phase', 'attributes.x', 'raw'),
      asText,
    ),
    term(fc.constantFrom('status', 'duration', 'quota', 'weight'), asNumber),
    term(
      fc.constant('attributes.x'),
      limit.map((to): Test => ({ op: 'within', to })),
    ),
    term(
      fc.constantFrom('cached', 'tls'),
      fc.constantFrom<Test>({ op: 'is', value: 'true' }, { op: 'is', value: 'false' }, { op: 'present' }),
    ),
    term(
      fc.constant('clientIp'),
      fc
        .constantFrom('1.2.3.0/24', '::/0', '0.0.0.0/0', '2001:db8::/33', '::1/128', '1.2.3.4')
        .map((value): Test => ({ op: 'is', value })),
    ),
    text.map((value): Filter => ({ kind: 'text', pattern: literalPattern(value) })),
    pattern.map((value): Filter => ({ kind: 'text', pattern: value })),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, parts]): Filter => ({ kind, parts })),
    tie('filter').map((part): Filter => ({ kind: 'not', part })),
  ),
}));

let store: TestStore;
const events: Event[] = fc.sample(event, { numRuns: 150, seed: 1 }).map((some, index) => ({
  id: String(index),
  weight: 1,
  tenant: 'default',
  time: 1_790_000_000_000_000,
  received: 1_790_000_000_000_000,
  vocabulary: 'v',
  type: 't',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: some.raw,
  ...(Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as Partial<Event>),
}));

beforeAll(async () => {
  store = await openTestStore();
  await store.insert(events);
});

afterAll(() => store?.close());

function bound(one: Filter): Condition {
  const condition = bindFilter(one, { fields, now: 0, unmasked: true });
  if (!condition.ok) throw new Error(`${printFilter(one)}: ${condition.error.reason}`);
  return condition.value;
}

it('keeps the same events in the engine and in memory', async () => {
  const run = createRun(store.client);
  await fc.assert(
    fc.asyncProperty(fc.array(filter, { minLength: 25, maxLength: 25 }), async (filters) => {
      const conditions = filters.map(bound);
      const params = createParams();
      const sql = `SELECT position, ${conditions.map((condition) => `toInt8(${conditionSql(condition, params)})`).join(', ')} FROM ${eventsTable} ORDER BY position`;
      const answer = await run.cells<number[]>({ sql, params: params.values });
      if (!answer.ok) throw new Error(answer.error.reason);
      for (const [index, condition] of conditions.entries()) {
        const inEngine = answer.value.filter((cells) => cells[index + 1] === 1).map(([position]) => position);
        const predicate = matches(condition);
        const inMemory = events.flatMap((one, position) => (predicate(one) ? [position] : []));
        expect(inEngine, printFilter(filters[index] as Filter)).toEqual(inMemory);
      }
    }),
    { numRuns: 15, endOnFailure: true },
  );
});
