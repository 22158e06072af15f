/** The live figures, one sample a second: what is happening right now, whatever the range and the filter. */
import { useRef, useState } from 'react';
import type { LiveSample } from '../api-types.ts';
import { useApi, useStream, useTenant } from '../context.tsx';
import { Tile } from './tile.tsx';

/** Samples kept: two minutes. */
const kept = 120;

const figures = [
  {
    name: 'Requests now',
    unit: '/s',
    of: (sample: LiveSample) => sample.requestsPerSecond,
    colour: '--accent',
  },
  { name: 'At once', unit: undefined, of: (sample: LiveSample) => sample.concurrent, colour: '--accent' },
  { name: 'Per request', unit: 'us', of: (sample: LiveSample) => micros(sample.duration), colour: '--p95' },
  {
    name: 'Gateway overhead',
    unit: 'us',
    of: (sample: LiveSample) => micros(sample.overhead),
    colour: '--p95',
  },
  {
    name: 'Bytes in',
    unit: 'By/s',
    of: (sample: LiveSample) => sample.bytesInPerSecond,
    colour: '--success',
  },
  {
    name: 'Bytes out',
    unit: 'By/s',
    of: (sample: LiveSample) => sample.bytesOutPerSecond,
    colour: '--success',
  },
] as const;

const micros = (millis: number | null): number | null => (millis === null ? null : millis * 1000);

const hints: Readonly<Record<string, string>> = {
  'At once': 'Requests under way at the same time; known once they are over, so a few seconds late',
  'Per request': 'Mean duration of the requests received in the last second',
};

export function LiveTiles() {
  const api = useApi();
  const tenant = useTenant();
  const [samples, setSamples] = useState<readonly LiveSample[]>([]);
  const of = useRef(tenant);
  useStream(api.address('api/live'), ['sample'], (_, data) => {
    const sample = JSON.parse(data) as LiveSample;
    setSamples((before) => {
      const same = of.current === tenant ? before : [];
      of.current = tenant;
      return [...same, sample].slice(-kept);
    });
  });
  const last = samples.at(-1);
  return (
    <section className="tiles live" aria-label="Live figures">
      {figures.map(({ name, unit, of, colour }) => (
        <Tile
          key={name}
          name={name}
          unit={unit}
          colour={colour}
          hint={hints[name]}
          value={last === undefined ? null : of(last)}
          values={samples.map(of)}
          filter={name === 'Requests now' ? 'family:traffic' : undefined}
        />
      ))}
    </section>
  );
}
