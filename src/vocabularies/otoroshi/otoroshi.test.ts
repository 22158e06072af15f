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
