import { describe, expect, it } from 'vitest';
import type { Event } from '../core/event.ts';
import { bindFilter } from './bind.ts';
import { createFields } from './fields.ts';
import { matches } from './matches.ts';
import { caseEvents, declaredForCases, meanings } from './meaning.cases.ts';
import { parseFilter } from './parse.ts';

const fields = createFields(declaredForCases);

function kept(text: string, unmasked = true): string[] {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.reason}`);
  const bound = bindFilter(parsed.value, { fields, now: 0, unmasked });
  if (!bound.ok) throw new Error(`${text}: ${bound.error.reason}`);
  const predicate = matches(bound.value);
  return Object.keys(caseEvents).filter((name) => predicate(caseEvents[name] as Event));
}

describe('a filter in memory', () => {
  it.each(meanings)('%s keeps what the table says', (text, names) => {
    expect(kept(text)).toEqual(names);
  });

  it('does not search personal columns for someone who may not see them', () => {
    expect(kept('mobile')).toEqual(['full']);
    expect(kept('mobile', false)).toEqual([]);
  });
});
