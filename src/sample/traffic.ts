/**
 * The traffic of a whole landscape of gateways: one stream of calls, dealt to them by share, each telling of its own in
 * its own words. The same seed and times give the same records.
 */
import { dailyCurve, drawCall } from './call.ts';
import type { Dialect } from './dialect.ts';
import { apache } from './dialects/apache.ts';
import { caddy } from './dialects/caddy.ts';
import { envoy } from './dialects/envoy.ts';
import { flowgenx } from './dialects/flowgenx.ts';
import { generic } from './dialects/generic.ts';
import { haproxy } from './dialects/haproxy.ts';
import { kong } from './dialects/kong.ts';
import { nginx } from './dialects/nginx.ts';
import { openziti } from './dialects/openziti.ts';
import { otel } from './dialects/otel.ts';
import { otoroshi } from './dialects/otoroshi.ts';
import { traefik } from './dialects/traefik.ts';
import { webmethods } from './dialects/webmethods.ts';
import { createRandom } from './random.ts';

const dialects: readonly Dialect[] = [
  otoroshi,
  nginx,
  kong,
  webmethods,
  openziti,
  flowgenx,
  envoy,
  traefik,
  apache,
  caddy,
  haproxy,
  otel,
  generic,
];

/** Lines of JSON by the vocabulary in which they are. */
export type Spoken = ReadonlyMap<string, readonly string[]>;

export interface Traffic {
  /** What was said the day before, with one call at each gateway so that none is missed. Times in milliseconds. */
  opening(time: number): Spoken;
  /** What ended between two times (milliseconds), some of it told a moment later. The past is told in fewer bytes. */
  between(from: number, to: number, live: boolean): Spoken;
}

const day = 86_400_000;
/** Records beside calls, as a share of them. */
const besides = 0.1;

/** `rate`: calls a second in the busiest minute. */
export function createTraffic({ rate, seed }: { readonly rate: number; readonly seed: number }): Traffic {
  const random = createRandom(seed);
  let calls = 0;

  /** Whose call it is, by share. */
  function deal(): Dialect {
    let left = random.next();
    for (const dialect of dialects) {
      left -= dialect.share;
      if (left < 0) return dialect;
    }
    return dialects[0] as Dialect;
  }
  const tell = (dialect: Dialect, time: number, whole: boolean): readonly string[] =>
    dialect.call(drawCall(random, time, ++calls), whole);

  return {
    opening: (time) =>
      new Map(
        dialects.map((dialect) => [
          dialect.vocabulary,
          [
            ...(dialect.before?.(time - day) ?? []),
            ...tell(dialect, time, true),
            ...(dialect.around?.(random, time) ?? []),
          ],
        ]),
      ),
    between(from, to, live) {
      const spoken = new Map<string, string[]>(dialects.map(({ vocabulary }) => [vocabulary, []]));
      const say = ({ vocabulary }: Dialect, lines: readonly string[] = []) =>
        spoken.get(vocabulary)?.push(...lines);
      const busy = (rate * (to - from) * dailyCurve(to)) / 1000;
      const count = Math.round(random.around(busy, 0.15) + random.next() - 0.5);
      for (let index = 0; index < count; index++) {
        const time = Math.floor(from + ((to - from) * index) / count);
        const dialect = deal();
        say(dialect, tell(dialect, time, live));
        if (random.chance(besides)) say(dialect, dialect.around?.(random, time));
      }
      return spoken;
    },
  };
}
