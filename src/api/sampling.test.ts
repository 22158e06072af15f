import { expect, test } from 'vitest';
import { createSampling } from './sampling.ts';

function sampled(most: number) {
  let now = 1_000_000_000_000_000;
  const sampling = createSampling(most, () => now);
  const second = (events: number) => {
    now += 1e6;
    let kept = 0;
    for (let index = 0; index < events; index++) if (sampling.keep()) kept += 1;
    return { kept, rate: sampling.rate };
  };
  return { second, wait: (seconds: number) => (now += seconds * 1e6) };
}

test('up to the bound every event is kept', () => {
  const { second } = sampled(100);
  for (let index = 0; index < 5; index++) expect(second(100)).toEqual({ kept: 100, rate: 1 });
});

test('beyond the bound a burst passes for a second, then an even share does', () => {
  const { second } = sampled(100);
  expect(second(1_000)).toEqual({ kept: 1_000, rate: 1 });
  expect(second(1_000)).toEqual({ kept: 100, rate: 0.1 });
  expect(second(400).rate).toBe(0.1);
  expect(second(400)).toEqual({ kept: 100, rate: 0.25 });
});

test('when the rush is over everything is shown again', () => {
  const { second, wait } = sampled(100);
  second(1_000);
  second(10);
  expect(second(10)).toEqual({ kept: 10, rate: 1 });
  second(1_000);
  wait(60);
  expect(second(10)).toEqual({ kept: 10, rate: 1 });
});
