import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Hold } from './hold.ts';

const never = new AbortController().signal;

describe('a hold', () => {
  it('waits for what is under way, and leaves out what could wait, until it ends', async () => {
    const hold = new Hold();
    const done: string[] = [];
    const under = Promise.withResolvers<void>();
    const working = hold.unlessHeld(() => under.promise.then(() => done.push('under way')));
    const holding = hold.hold(never).then((release) => {
      done.push('held');
      return release;
    });
    await hold.unlessHeld(async () => done.push('left out'));
    await turn();
    expect(done).toEqual([]);
    under.resolve();
    const release = await holding;
    await working;
    await hold.unlessHeld(async () => done.push('left out'));
    release();
    await hold.unlessHeld(async () => done.push('again'));
    expect(done).toEqual(['under way', 'held', 'again']);
  });

  it('waits for what must be done, also when that fails, and never leaves it out', async () => {
    const hold = new Hold();
    const under = Promise.withResolvers<void>();
    const working = hold.first(() => under.promise);
    const holding = hold.hold(never);
    under.reject(new Error('something'));
    await expect(working).rejects.toThrow('something');
    await holding;
    expect(await hold.first(async () => 'done')).toBe('done');
  });

  it('is given up by who does not want it any more', async () => {
    const hold = new Hold();
    void hold.first(() => new Promise(() => {}));
    const leaving = new AbortController();
    const holding = hold.hold(leaving.signal);
    leaving.abort(new Error('left'));
    await expect(holding).rejects.toThrow('left');
    let ran = false;
    await hold.unlessHeld(async () => {
      ran = true;
    });
    expect(ran).toBe(true);
  });
});
