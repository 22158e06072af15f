/**
 * Bulk bodies of realistic Otoroshi events, made before the clock runs and stamped with fresh ids and times just
 * before they are sent: a benchmark must not wait for its own generator.
 */
import { drawCall } from '../src/sample/call.ts';
import { gatewayEvent } from '../src/sample/dialects/otoroshi.ts';
import { createRandom, type Random } from '../src/sample/random.ts';

export interface Body {
  readonly bytes: Buffer;
  readonly count: number;
  /** Byte offsets of the 19 digits of each id, and of the 13 digits of each time. */
  readonly ids: readonly number[];
  readonly times: readonly number[];
}

export interface Load {
  readonly whole: boolean;
  readonly perBody: number;
  /** Distinct bodies, used in turn. */
  readonly bodies: number;
  readonly seed: number;
}

export const action = '{"index":{"_index":"otoroshi-events-2026-11-21"}}\n';

/** Every offset right behind `marker`. */
function behind(bytes: Buffer, marker: string): number[] {
  const offsets: number[] = [];
  for (let at = bytes.indexOf(marker); at !== -1; at = bytes.indexOf(marker, at + marker.length)) {
    offsets.push(at + marker.length);
  }
  return offsets;
}

export function createBodies({ whole, perBody, bodies, seed }: Load): Body[] {
  const random = createRandom(seed);
  let sequence = 0;
  return Array.from({ length: bodies }, () => {
    let text = '';
    for (let index = 0; index < perBody; index++) {
      sequence += 1;
      text += `${action}${gatewayEvent(drawCall(random, 1_795_000_000_000, sequence), whole)}\n`;
    }
    const bytes = Buffer.from(`${text}\n`);
    return { bytes, count: perBody, ids: behind(bytes, '"@id":"'), times: behind(bytes, '"@timestamp":') };
  });
}

export interface Stamp {
  /** Number of the first event; ids count up from it. */
  readonly first: number;
  /** Milliseconds since 1970 of the first event, and how far events lie apart. */
  readonly time: number;
  readonly step: number;
}

const digits = (bytes: Buffer, at: number, count: number, value: number): void => {
  let rest = value;
  for (let place = at + count - 1; place >= at; place--) {
    const next = Math.floor(rest / 10);
    bytes[place] = 48 + (rest - next * 10);
    rest = next;
  }
};

/** Writes fresh ids and times into `body`, one event in a hundred late by up to ten minutes. */
export function stamp(body: Body, { first, time, step }: Stamp, random: Random): void {
  for (let index = 0; index < body.count; index++) {
    const late = random.chance(0.01) ? random.below(600_000) : 0;
    // 19 digits: a constant head, so that the rest stays a safe integer.
    digits(body.bytes, body.ids[index] as number, 4, 7952);
    digits(body.bytes, (body.ids[index] as number) + 4, 15, first + index);
    digits(body.bytes, body.times[index] as number, 13, Math.floor(time + index * step) - late);
  }
}
