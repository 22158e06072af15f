import { expect, it } from 'vitest';
import { faultOf } from './fault.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

it('names the kind and the place of an exception', () => {
  expect(faultOf(thrownBy(() => JSON.parse('{"a":hunter2}')))).toMatch(
    /^SyntaxError at .*fault\.test\.ts:\d+:\d+/,
  );
  expect(faultOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toMatch(/^Error ENOENT at /);
});

it('says nothing of its message, whatever that looks like', () => {
  const messages = ['hunter2', 'a\n    at hunter2 (/srv/hunter2.ts:1:1)', '(hunter2)', '\n hunter2 \n', ''];
  const faults = messages.map((message) => faultOf(new Error(message)));
  expect(faults.filter((fault) => fault.includes('hunter2'))).toEqual([]);
  expect(faultOf('hunter2')).toBe('a thrown string');
  expect(faultOf(Object.assign(new Error('x'), { code: 'hunter2 and more' }))).not.toContain('hunter2');
  const renamed = Object.assign(new Error('hunter2\n    at hunter2 (/srv/hunter2.ts:1:1)'), {
    message: 'other',
  });
  expect(faultOf(renamed)).not.toContain('hunter2');
});
