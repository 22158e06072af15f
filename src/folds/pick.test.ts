import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import { encodeRow } from '../core/row.fixture.ts';
import type { Fold } from './fold.ts';
import { createPicking } from './pick.ts';

const fold = (name: string, vocabulary: string, reads: Fold['reads']): Fold => ({
  name,
  doc: 'A fold for tests.',
  vocabulary,
  reads,
  makes: [],
  most: 1,
  key: () => undefined,
  step: () => undefined,
  expire: () => ({}),
});
const folds = [
  fold('pairs', 'openziti', [{ type: 'circuit' }, { type: 'usage' }]),
  fold('slow', 'otoroshi', [{ type: 'GatewayEvent', lasting: 1_000_000 }]),
  fold('again', 'openziti', [{ type: 'usage' }]),
];

/** What the folds want, told by whole events. */
const wanted = (events: readonly Event[]): string[] =>
  events.flatMap(({ vocabulary, type, causedBy, duration = -1 }, index) =>
    folds
      .filter(
        ({ vocabulary: own, reads }) =>
          causedBy === undefined &&
          own === vocabulary &&
          reads.some((read) => read.type === type && duration >= (read.lasting ?? -1)),
      )
      .map(({ name }) => `${name} ${index}`),
  );

const text = fc.string({ unit: fc.constantFrom('a', '\t', '\n', '\\', "'", 'ü', '\\N') });
const events: fc.Arbitrary<Event[]> = fc.array(
  fc
    .record({
      vocabulary: fc.constantFrom('openziti', 'otoroshi', 'openzitis', 'nginx'),
      type: fc.constantFrom('circuit', 'usage', 'GatewayEvent', 'usages', 'us'),
      id: text,
      path: fc.option(text, { nil: undefined }),
      error: fc.option(text, { nil: undefined }),
      raw: text,
      causedBy: fc.option(fc.constant('1'), { nil: undefined }),
      duration: fc.option(fc.nat(2_000_000), { nil: undefined }),
    })
    .map((varied) => {
      const event = {
        weight: 1,
        tenant: 'default',
        time: 1_795_262_400_000_000,
        received: 1_795_262_400_000_000,
        family: 'network',
        severity: 'info',
        outcome: 'success',
        retention: 'default',
        ...varied,
      };
      return event as Event;
    }),
  { maxLength: 20 },
);

test('exactly the rows that a fold reads are picked, from wherever on', () => {
  const pick = createPicking(folds);
  fc.assert(
    fc.property(events, fc.nat(20), (all, skipped) => {
      const rows = all.map((event, index) => Buffer.from(`${index}\t0\t${encodeRow(event)}\n`));
      let end = 0;
      const ends = Uint32Array.from(rows, (row) => {
        end += row.length;
        return end;
      });
      const batch = { text: Buffer.concat(rows), ends };
      const from = Math.min(skipped, all.length);
      const picked = pick(batch, from, all.length).map(({ fold: { name }, index }) => `${name} ${index}`);
      expect(picked).toEqual(wanted(all).filter((line) => Number(line.split(' ')[1]) >= from));
    }),
  );
});
