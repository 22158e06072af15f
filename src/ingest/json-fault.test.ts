import { describe, expect, it } from 'vitest';
import { jsonComplaint, jsonFault } from './json-fault.ts';

const at = (text: string) => jsonFault(Buffer.from(text));

/** The same numbers in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

describe('the place where a text stops being JSON', () => {
  it.each([
    ['{"a":token=x}', 5, 'a value'],
    ['{"a":1,}', 7, 'a name in double quotes'],
    ['{a:1}', 1, 'a name in double quotes or }'],
    ['{"a" 1}', 5, 'a colon'],
    ['{"a":1 "b":2}', 7, 'a comma or }'],
    ['[1 2]', 3, 'a comma or ]'],
    ['[,]', 1, 'a value or ]'],
    ['{"a":"x', 7, 'a closing quote'],
    ['{"a":"\\x"}', 7, 'an escape such as \\n or \\u00e9'],
    ['{"a":"\\u00g0"}', 10, 'four hexadecimal digits'],
    ['{"a":01}', 6, 'a comma or }'],
    ['{"a":1.}', 7, 'a digit'],
    ['{"a":1} x', 8, 'the end of the record'],
    ['{"a":', 5, 'a value'],
    ['\u{feff}{}', 0, 'a value'],
  ])('of %s is byte %i', (text, byte, expected) => {
    expect(at(text)).toEqual({ byte, expected });
  });

  it('is found at any depth', () => {
    expect(at(`${'['.repeat(1e5)}!`)?.byte).toBe(1e5);
    expect(at('['.repeat(1e5) + ']'.repeat(1e5))).toBeUndefined();
  });

  it('is there exactly when the platform does not parse it, however a text is damaged', () => {
    const random = randomOf(7);
    const whole = '{"a":[1,-2.5e+3,0,true,null],"b":{"c":"x\\n\\u00e9 é","d":false},"e":""}';
    const pieces = [...'{}[],:"\\0123456789eE+-.tfnu \n\u0001é', 'null', '"x"'];
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const disagreements = Array.from({ length: 20_000 }, () => {
      let text = whole;
      for (let cuts = random(3); cuts >= 0; cuts -= 1) {
        const from = random(text.length);
        const piece = random(2) === 0 ? '' : (pieces[random(pieces.length)] as string);
        text = text.slice(0, from) + piece + text.slice(from + random(3));
      }
      return text;
    }).filter((text) => parses(text) !== (at(text) === undefined));
    expect(disagreements).toEqual([]);
  });

  it('is said without a piece of the text', () => {
    expect(jsonComplaint(Buffer.from('{"args":token=abcdX9,'))).toBe(
      'damaged JSON at byte 8 of the record: expected a value',
    );
  });
});
