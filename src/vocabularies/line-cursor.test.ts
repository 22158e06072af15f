import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCursor } from './line-cursor.ts';

describe('a cursor over a line', () => {
  it('takes one thing after another', () => {
    const cursor = new LineCursor('a b c [now] "x \\" y" {z} "q"r" s');
    expect(cursor.word()).toBe('a');
    expect(cursor.upToBracket(3, 5, ' "')).toBe('b c');
    expect(cursor.bracketed(5)).toBe('now');
    expect(cursor.quoted()).toBe('x \\" y');
    expect(cursor.braced()).toBe('z');
    expect(cursor.plainQuoted()).toBe('q"r');
    expect(cursor.rest).toBe('s');
    expect(cursor.word()).toBe('s');
    expect(cursor.word()).toBeUndefined();
  });

  it('stays where it is before what is not there', () => {
    const cursor = new LineCursor('"open [too long] x');
    expect([cursor.quoted(), cursor.plainQuoted(), cursor.braced(), cursor.bracketed(9)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(cursor.upToBracket(1, 4, ' ')).toBeUndefined();
    expect(cursor.rest).toBe('"open [too long] x');
  });

  it('takes an empty pair of quotes for an empty text', () => {
    const cursor = new LineCursor('"" "" x');
    expect([cursor.quoted(), cursor.plainQuoted(), cursor.rest]).toEqual(['', '', 'x']);
  });

  it('goes forward only, whatever stands there', () => {
    const alphabet = fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ' ', 'a') });
    const steps = fc.array(fc.constantFrom('word', 'bracketed', 'quoted', 'plainQuoted', 'braced', 'user'));
    fc.assert(
      fc.property(alphabet, steps, (line, names) => {
        const cursor = new LineCursor(line);
        for (const name of names) {
          const before = cursor.rest;
          const taken =
            name === 'bracketed'
              ? cursor.bracketed(8)
              : name === 'user'
                ? cursor.upToBracket(1, 8, '')
                : step(cursor, name);
          expect(before.endsWith(cursor.rest)).toBe(true);
          expect(cursor.rest.length < before.length).toBe(taken !== undefined);
        }
      }),
    );
  });
});

function step(cursor: LineCursor, name: string): string | undefined {
  if (name === 'quoted') return cursor.quoted();
  if (name === 'plainQuoted') return cursor.plainQuoted();
  return name === 'braced' ? cursor.braced() : cursor.word();
}
