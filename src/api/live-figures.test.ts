import { expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import { createLiveFigures } from './live-figures.ts';

const start = Date.parse('2026-03-01T10:00:00Z') * 1000;
const seconds = (count: number) => count * 1e6;

const event = (fields: Partial<Event>): Event => ({
  id: 'x',
  weight: 1,
  tenant: 'default',
  time: start,
  received: start,
  vocabulary: 'nginx',
  type: 'access',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: '{}',
  ...fields,
});

test('rates are what was received since the last sample, by the time that has passed', () => {
  const figures = createLiveFigures(start);
  figures.begin(start);
  for (let index = 0; index < 10; index++) figures.add(event({ bytesIn: 100, bytesOut: 1_000 }), true);
  expect(figures.sample(start + seconds(2))).toMatchObject({
    time: '2026-03-01T10:00:02.000Z',
    requestsPerSecond: 5,
    bytesInPerSecond: 500,
    bytesOutPerSecond: 5_000,
  });
  expect(figures.sample(start + seconds(3))).toMatchObject({ requestsPerSecond: 0, bytesInPerSecond: 0 });
});

test('durations are means in milliseconds of those that have one, and null over none', () => {
  const figures = createLiveFigures(start);
  figures.begin(start);
  figures.add(event({ duration: 2_000, overhead: 500 }), true);
  figures.add(event({ duration: 4_000 }), true);
  figures.add(event({}), true);
  expect(figures.sample(start + seconds(1))).toMatchObject({ duration: 3, overhead: 0.5 });
  expect(figures.sample(start + seconds(2))).toMatchObject({ duration: null, overhead: null });
});

test('a second report of the same call counts as an event of no weight', () => {
  const figures = createLiveFigures(start);
  figures.begin(start);
  figures.add(event({ duration: 1_000 }), true);
  figures.add(event({ weight: 0, duration: 9_000 }), true);
  figures.add(event({ family: 'audit' }), true);
  const sample = figures.sample(start + seconds(1));
  expect(sample).toMatchObject({ requestsPerSecond: 1, duration: 1 });
  expect(sample.totals).toMatchObject({ events: 2, requests: 1 });
});

test('concurrency is the overlap of start and end in one second, told with a delay', () => {
  const figures = createLiveFigures(start);
  figures.begin(start + seconds(5));
  // Two requests fill the second from 10:00:05 on, a third half of it, a fourth lies outside.
  figures.add(event({ time: start + seconds(6), duration: seconds(1) }), true);
  figures.sample(start + seconds(6));
  figures.add(event({ time: start + seconds(8), duration: seconds(4) }), true);
  figures.add(event({ time: start + seconds(5.5), duration: seconds(1) }), true);
  figures.add(event({ time: start + seconds(8), duration: seconds(1) }), true);
  expect(figures.sample(start + seconds(15))).toMatchObject({
    concurrent: 2.5,
    concurrentAt: '2026-03-01T10:00:05.000Z',
  });
  expect(figures.sample(start + seconds(40)).concurrent).toBe(0);
});

test('history and clocks that run ahead do not touch concurrency', () => {
  const figures = createLiveFigures(start);
  figures.begin(start);
  figures.add(event({ time: start - seconds(86_400), duration: seconds(600) }), true);
  figures.add(event({ time: start + seconds(86_400), duration: seconds(86_400) }), true);
  for (let second = 1; second < 30; second++)
    expect(figures.sample(start + seconds(second)).concurrent).toBe(0);
});

test('while nobody watches only the totals are kept', () => {
  const figures = createLiveFigures(start);
  figures.add(event({ bytesIn: 7, duration: 1_000 }), false);
  figures.begin(start + seconds(1));
  const sample = figures.sample(start + seconds(2));
  expect(sample).toMatchObject({ requestsPerSecond: 0, duration: null });
  expect(sample.totals).toEqual({
    events: 1,
    requests: 1,
    bytesIn: 7,
    bytesOut: 0,
    since: '2026-03-01T10:00:00.000Z',
  });
});
