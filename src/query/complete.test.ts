import { describe, expect, it } from 'vitest';
import { complete } from './complete.ts';
import { createFields } from './fields.ts';

const fields = createFields([{ name: 'quota', kind: 'number', doc: 'What is left.' }]);
/** `|` is the caret. */
const at = (text: string) => complete(text.replace('|', ''), text.indexOf('|'), fields);
const labels = (text: string): string[] => at(text).choices.map(({ label }) => label);

describe('completion', () => {
  it('offers fields where a term begins, those that begin so first', () => {
    expect(labels('stat|')[0]).toBe('status');
    expect(labels('dur|')).toEqual(['duration', 'upstreamDuration']);
    expect(labels('quo|')).toEqual(['quota']);
    expect(labels('(-use|')[0]).toBe('user');
    expect(at('a:1 -stat|')).toMatchObject({ from: 5, to: 9, prefix: 'stat' });
  });

  it('offers the words between terms', () => {
    expect(labels('status:500 A|')).toContain('AND');
    expect(labels('|')).not.toContain('AND');
  });

  it('offers the operators of the field, and asks for its values', () => {
    expect(labels('status:|')).toEqual(['>=', '>', '<=', '<', '[', '*']);
    expect(labels('cached:|')).toEqual(['true', 'false', '*']);
    expect(at('service:or|')).toMatchObject({ from: 8, to: 10, prefix: 'or', valuesOf: { name: 'service' } });
    expect(at('status:>=5|').valuesOf).toBeUndefined();
  });

  it('knows the field inside its parentheses and inside quotes', () => {
    expect(at('service:(orders OR us|')).toMatchObject({ prefix: 'us', valuesOf: { name: 'service' } });
    expect(at('service:"two wo|')).toMatchObject({
      from: 8,
      prefix: 'two wo',
      valuesOf: { name: 'service' },
    });
    expect(at('service:(orders) us|').valuesOf).toBeUndefined();
  });

  it('offers nothing for a field that is not there', () => {
    expect(at('nobody:x|')).toMatchObject({ choices: [] });
  });
});
