import { expect, test } from 'vitest';
import { createRecent } from './recent.ts';

const started = (size = 10) => {
  let now = 0;
  const asked: string[] = [];
  const recent = createRecent<string>({ clock: () => now, life: 100, size });
  const get = (key: string, answer: string | undefined = key) =>
    recent.get(key, async () => {
      asked.push(key);
      return answer;
    });
  return { recent, asked, get, pass: (time: number) => (now += time) };
};

test('an answer is looked up once while it lives', async () => {
  const { get, asked, pass } = started();
  await get('a');
  await get('a');
  expect(asked).toEqual(['a']);
  pass(100);
  expect(await get('a')).toBe('a');
  expect(asked).toEqual(['a', 'a']);
});

test('that there is no answer is not remembered', async () => {
  const { recent, get } = started();
  expect(await recent.get('a', async () => undefined)).toBeUndefined();
  expect(await get('a')).toBe('a');
});

test('the oldest answer makes room', async () => {
  const { get, asked } = started(2);
  for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await get(key);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('an answer overtaken by forgetting is looked up again', async () => {
  const { recent, asked, get } = started();
  const slow = Promise.withResolvers<string>();
  const answers = [slow.promise, Promise.resolve('new')];
  const overtaken = recent.get('a', async () => answers.shift());
  recent.forget();
  slow.resolve('old');
  expect(await overtaken).toBe('new');
  expect(await get('a', 'newer')).toBe('new');
  expect(asked).toEqual([]);
});
