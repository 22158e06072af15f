import { expect, it } from 'vitest';
import { lines } from './lines.ts';

const decode = (text: string) => {
  const decoded = lines.decode(Buffer.from(text), {});
  return decoded.ok ? [...decoded.value] : [];
};

it('gives each line without its end, blank ones left out', () => {
  expect(decode('a\r\n\n\r\n b \nc').map(({ bytes }) => bytes.toString())).toEqual(['a', ' b ', 'c']);
});

it('says line and byte of each', () => {
  expect(decode('a\n\nbc\nd').map(({ line, byte }) => [line, byte])).toEqual([
    [1, 0],
    [3, 3],
    [4, 6],
  ]);
});
