import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Running, repeat } from './running.ts';

const noting = () => {
  const said: string[] = [];
  const note = (message: string) => void said.push(message);
  return { said, log: { debug: note, info: note, warn: note, error: note } };
};

describe('what is running', () => {
  it('stops in the reverse order of its start, also when one stop fails', async () => {
    const { said, log } = noting();
    const running = new Running();
    const stopped: string[] = [];
    running.push(async () => stopped.push('journal'));
    running.push(async () => Promise.reject(new Error('stuck')));
    running.push(async () => stopped.push('server'));
    await running.unwind(log);
    expect(stopped).toEqual(['server', 'journal']);
    expect(said).toHaveLength(1);
  });
});

describe('a chore', () => {
  it('is done again and again, never twice at once, until it is stopped', async () => {
    let atOnce = 0;
    let most = 0;
    let times = 0;
    const work = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await sleep(15);
      atOnce -= 1;
      times += 1;
    };
    const stop = repeat({ name: 'sweep', work, every: 5 }, noting().log);
    while (times < 3) await sleep(5);
    await stop();
    expect(most).toBe(1);
    expect(atOnce).toBe(0);
  });

  it('says a failure once, however often it repeats', async () => {
    const { said, log } = noting();
    let times = 0;
    const work = async () => {
      times += 1;
      throw new Error('no disk');
    };
    const stop = repeat({ name: 'sweep', work, every: 2 }, log);
    while (times < 4) await sleep(5);
    await stop();
    expect(said).toHaveLength(1);
  });
});
