import { expect, test } from 'vitest';
import { tokensIn } from './authorization.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a bearer token is taken as it is, whatever the case of the scheme', () => {
  expect(tokensIn('Bearer gs_a')).toEqual(['gs_a']);
  expect(tokensIn('bearer  gs_a ')).toEqual(['gs_a']);
});

test('of basic credentials the password is the token, or the user when there is no password', () => {
  expect(tokensIn(`Basic ${base64('elastic:gs_a')}`)).toEqual(['gs_a']);
  expect(tokensIn(`Basic ${base64('elastic:with:colons')}`)).toEqual(['with:colons']);
  expect(tokensIn(`Basic ${base64('gs_a:')}`)).toEqual(['gs_a']);
  expect(tokensIn(`Basic ${base64('gs_a')}`)).toEqual(['gs_a']);
});

test('an API key is the token behind an id, or the bare token', () => {
  expect(tokensIn(`ApiKey ${base64('id:gs_a')}`)[0]).toBe('gs_a');
  expect(tokensIn('ApiKey gs_a')).toContain('gs_a');
});

test('anything else holds no token', () => {
  for (const header of ['', 'Bearer', 'Bearer a b', 'Digest x', 'gs_a', 'Basic'])
    expect(tokensIn(header)).toEqual([]);
});
