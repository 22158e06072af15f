import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventOf } from '../../../test/otoroshi-records.ts';
import { otoroshi } from './otoroshi.ts';

describe('recognising Otoroshi', () => {
  it('knows its events by @type, and keeps names it has never heard', () => {
    expect(otoroshi.recognise({ '@type': 'TcpEvent', '@timestamp': 1 })?.name).toBe('TcpEvent');
    expect(otoroshi.recognise({ '@type': 'MyExtensionEvent', '@id': 'x' })?.name).toBe('AnalyticEvent');
    expect(eventOf({ '@type': 'MyExtensionEvent', '@id': 'x' })).toMatchObject({
      type: 'MyExtensionEvent',
      family: 'unknown',
    });
  });

  it('leaves what merely has a @type to others', () => {
    expect(otoroshi.recognise({ '@type': 'Person', '@context': 'https://schema.org' })).toBeUndefined();
    expect(otoroshi.recognise({ '@timestamp': '2026-11-21T12:49:48Z' })).toBeUndefined();
  });
});

describe('normalising Otoroshi', () => {
  it('never throws and leaves its record alone, whatever the fields are', () => {
    const strange = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('constructor', '__proto__', 'toString', '', '--', 'none', -1, [[]], [null], {
        headers: [7, null],
      }),
    );
    for (const type of otoroshi.types) {
      const record = fc.record(
        Object.fromEntries(Object.keys(type.fields.properties).map((name) => [name, strange])),
        {
          requiredKeys: [],
        },
      );
      fc.assert(
        fc.property(record, (fields) => {
          const before = JSON.stringify(fields);
          const first = type.normalise(fields);
          expect(JSON.stringify(fields)).toBe(before);
          expect(type.normalise(fields)).toEqual(first);
        }),
        { numRuns: 60 },
      );
    }
  });
});
