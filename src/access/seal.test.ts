import { expect, test } from 'vitest';
import { createSeal } from './seal.ts';

const seal = createSeal('secret');

test('what was sealed is opened for the same purpose and tenant alone', () => {
  for (const number of [0, 1, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
    const text = seal.number('event', 'acme', number);
    expect(text).toMatch(/^[\w-]{22}$/);
    expect(seal.number('event', 'acme', number)).toBe(text);
    expect(seal.openNumber('event', 'acme', text)).toBe(number);
    expect(seal.openNumber('event', 'other', text)).toBeUndefined();
    expect(seal.openNumber('quarantine', 'acme', text)).toBeUndefined();
    expect(createSeal('another').openNumber('event', 'acme', text)).toBeUndefined();
  }
  const text = seal.text('cursor', 'acme', '[1,"é"]');
  expect(seal.openText('cursor', 'acme', text)).toBe('[1,"é"]');
  expect(seal.openText('cursor', 'other', text)).toBeUndefined();
});

test('what was not sealed here is not opened', () => {
  for (const text of ['', '0', '17', 'x'.repeat(22), 'A'.repeat(200), '\u0000', 'ÿ'.repeat(16)]) {
    expect(seal.openNumber('event', 'acme', text)).toBeUndefined();
    expect(seal.openText('event', 'acme', text)).toBeUndefined();
  }
});

test('neighbours do not look alike', () => {
  const texts = Array.from({ length: 100 }, (_, index) => seal.number('event', 'acme', index));
  expect(new Set(texts.map((text) => text.slice(0, 4))).size).toBeGreaterThan(95);
});
