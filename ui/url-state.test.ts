import { describe, expect, it } from 'vitest';
import { parseSearch, patchSearch, printSearch, sharedSearch, viewOf } from './url-state.ts';

describe('the state in the URL', () => {
  it('survives a round trip with a filter that holds every special character', () => {
    const search = { q: 'status:>=500 consumer:"mobile & app" +#%?é', from: 'now-24h', event: 'a/b c' };
    expect(parseSearch(printSearch(search))).toEqual(search);
  });

  it('stays readable and leaves out what is default', () => {
    expect(printSearch({ q: 'status:>=500 route:/a', from: 'now-1h', to: 'now' })).toBe(
      '?q=status:>=500+route:/a',
    );
    expect(printSearch({ from: 'now-1h' })).toBe('');
  });

  it('names the shared parameters before those of the page, whatever the order of setting', () => {
    expect(printSearch({ event: '7', tenant: 'sample', tz: 'UTC', q: 'a' })).toBe(
      '?q=a&tz=UTC&tenant=sample&event=7',
    );
  });

  it('takes a parameter out when it is set to nothing', () => {
    expect(patchSearch({ q: 'a', event: '1' }, { event: undefined, q: '' })).toEqual({});
  });

  it('takes filter, range and tenant along to another page but not what belongs to this one', () => {
    expect(sharedSearch({ q: 'a', from: 'now-6h', tenant: 'sample', event: '1', live: '1' })).toEqual({
      q: 'a',
      from: 'now-6h',
      tenant: 'sample',
    });
  });

  it('falls back to the last hour in the zone of the browser', () => {
    expect(viewOf({}, 'Europe/Paris')).toEqual({
      q: '',
      from: 'now-1h',
      to: 'now',
      tz: 'Europe/Paris',
      compare: false,
      live: false,
      tenant: undefined,
    });
  });
});
