import { expect, test } from 'vitest';
import { countByRule, createRedactionTally } from './counts.ts';
import { createRedaction } from './redact.ts';
import { ruleNames } from './rules.ts';

const { redact } = createRedaction({ fields: ['iban'] });
const countsOf = (record: string) => countByRule(redact(Buffer.from(record)).places);

test('a record without secrets has no counts', () => {
  expect(countsOf('{"a":1}')).toBeUndefined();
});

test('a record has one count for each rule', () => {
  const counts = countsOf('{"password":"a","pwd":"b","iban":"DE02","cookie":"c"}') ?? [];
  expect(ruleNames.filter((_, rule) => counts[rule] === 2)).toEqual(['password']);
  expect(ruleNames.filter((_, rule) => counts[rule] === 1)).toEqual(['cookie', 'fields']);
});

test('the tally adds up by tenant and rule, and leaves out what found nothing', () => {
  const tally = createRedactionTally();
  for (const record of ['{"password":"a"}', '{"password":"b","jwt":"c"}']) {
    tally.add('acme', countsOf(record) ?? []);
  }
  tally.add('globex', countsOf('{"salt":"s"}') ?? []);
  expect(tally.totals()).toEqual([
    { tenant: 'acme', rule: 'password', count: 2 },
    { tenant: 'acme', rule: 'token', count: 1 },
    { tenant: 'globex', rule: 'salt', count: 1 },
  ]);
});
