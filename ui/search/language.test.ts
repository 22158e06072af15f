import { describe, expect, it } from 'vitest';
import { createLanguage } from './language.ts';

const attribute = { name: 'cluster', kind: 'text', group: 'rest', doc: 'Cluster of the gateway.' };
const language = createLanguage([attribute], true);

describe('the filter language in the browser', () => {
  it('finds nothing wrong with fields of the event and of its vocabularies', () => {
    expect(language.problem('status:>=500 cluster:eu -route:/health*')).toBeUndefined();
  });

  it('names the place of what is wrong', () => {
    expect(language.problem('status:200 consumr:x')).toMatchObject({ offset: 11 });
    expect(language.problem('status:(200 OR')).toBeDefined();
  });

  it('offers fields with their unit and sentence, then asks for values', () => {
    const fields = language.complete('durat', 5).choices;
    expect(fields[0]).toMatchObject({ kind: 'field', text: 'duration:' });
    expect(fields[0]?.doc).toContain('250ms');
    expect(language.complete('cluster:e', 9)).toMatchObject({ prefix: 'e', valuesOf: { name: 'cluster' } });
  });

  it('refuses to search personal data without the permission for it', () => {
    expect(createLanguage([], false).problem('consumer:acme')).toBeDefined();
  });
});
