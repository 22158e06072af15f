import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRoom, type Place, type Room } from './room.ts';

const wait = 15_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a place got in the end; undefined while it waits. */
function taking(place: Place, bytes: number): { got: boolean | undefined } {
  const taken: { got: boolean | undefined } = { got: undefined };
  void Promise.resolve(place.take(bytes)).then((got) => {
    taken.got = got;
  });
  return taken;
}
/** A body that has arrived, and stays. */
async function occupy(room: Room, tenant: string, bytes: number): Promise<Place> {
  const place = room.enter(tenant);
  expect(await place.take(bytes)).toBe(true);
  place.arrived();
  return place;
}

describe('the room', () => {
  it('turns away who finds none in time', async () => {
    const room = createRoom(1000, wait);
    await occupy(room, 'a', 800);
    const late = taking(room.enter('a'), 300);
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(late.got).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(late.got).toBe(false);
    expect(room.held).toBe(800);
  });

  it('lets a body wait no longer than that, however often it has to', async () => {
    const room = createRoom(1000, wait);
    const place = room.enter('a');
    await place.take(100);
    const first = await occupy(room, 'a', 700);
    const once = taking(place, 200);
    await vi.advanceTimersByTimeAsync(wait / 2);
    first.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(once.got).toBe(true);
    await occupy(room, 'a', 500);
    const again = taking(place, 200);
    await vi.advanceTimersByTimeAsync(wait / 2);
    expect(again.got).toBe(false);
  });

  it('lets who waits in as soon as another leaves, in the order in which they came', async () => {
    const room = createRoom(1000, wait);
    const first = await occupy(room, 'a', 800);
    const second = room.enter('a');
    const [a, b] = [taking(second, 600), taking(room.enter('a'), 400)];
    first.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect([a.got, b.got]).toEqual([true, undefined]);
    second.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(b.got).toBe(true);
    expect(room.held).toBe(400);
  });

  it('gives a tenant most of it, and another some all the same', async () => {
    const room = createRoom(128, wait);
    const greedy = room.enter('a');
    for (let held = 0; held < 112; held += 4) expect(greedy.take(4)).toBe(true);
    expect(taking(greedy, 4).got).toBeUndefined();
    const others = await occupy(room, 'a', 5);
    expect(await room.enter('b').take(6)).toBe(true);
    others.leave();
  });

  it('lets small bodies pass a large one of their tenant that waits', async () => {
    const room = createRoom(128_000, wait);
    await occupy(room, 'a', 100_000);
    const large = taking(room.enter('a'), 50_000);
    for (let n = 0; n < 50; n += 1) expect(room.enter('a').take(100)).toBe(true);
    expect(large.got).toBeUndefined();
  });

  it('never stands still when all that is held belongs to bodies that wait for more', async () => {
    const room = createRoom(10, wait);
    const [first, second] = [room.enter('a'), room.enter('a')];
    await Promise.all([first.take(4), second.take(4)]);
    const [one, two] = [taking(first, 5), taking(second, 5)];
    await vi.advanceTimersByTimeAsync(0);
    expect([one.got, two.got]).toEqual([true, undefined]);
    expect(first.take(50)).toBe(true);
    first.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(two.got).toBe(true);
    second.leave();
    expect(room.held).toBe(0);
  });

  it('lets one body go beyond the size, and no other beside it, of whatever tenant', async () => {
    const room = createRoom(10, wait);
    const [a, b] = [room.enter('a'), room.enter('b')];
    expect(await a.take(50)).toBe(true);
    const other = taking(b, 50);
    await vi.advanceTimersByTimeAsync(100);
    expect(other.got).toBeUndefined();
    expect(await room.enter('c').take(2)).toBe(true);
    a.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(other.got).toBe(true);
  });

  it('lets in the tenant that holds the least first', async () => {
    const room = createRoom(1_000, wait);
    const first = await occupy(room, 'c', 700);
    await occupy(room, 'a', 100);
    await occupy(room, 'b', 50);
    const [a, b] = [taking(room.enter('a'), 450), taking(room.enter('b'), 450)];
    first.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect([a.got, b.got]).toEqual([undefined, true]);
  });

  it('lets a slow body stand beyond the size no longer than others wait', async () => {
    const room = createRoom(10, wait);
    let lost = 0;
    const slow = room.enter('a', () => {
      lost += 1;
    });
    expect(await slow.take(50)).toBe(true);
    await vi.advanceTimersByTimeAsync(10 * wait);
    expect(lost).toBe(0);
    const other = taking(room.enter('b'), 50);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([other.got, lost]).toEqual([true, 1]);
  });

  it('takes from the tenant that holds the most for one that holds less than its share', async () => {
    const room = createRoom(1_000, wait);
    const lost: string[] = [];
    const holding = (tenant: string, bytes: number) => {
      const place = room.enter(tenant, () => lost.push(`${tenant} ${bytes}`));
      expect(place.take(bytes)).toBe(true);
      return place;
    };
    holding('a', 100);
    holding('a', 650);
    holding('a', 20);
    await occupy(room, 'b', 150);
    const poor = taking(room.enter('b'), 100);
    await vi.advanceTimersByTimeAsync(999);
    expect([poor.got, lost]).toEqual([undefined, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([poor.got, lost]).toEqual([true, ['a 650']]);
    expect(room.held).toBe(370);
  });

  it('takes nothing from a body that has arrived', async () => {
    const room = createRoom(1_000, wait);
    const safe = room.enter('a', () => expect.fail('it has arrived'));
    await safe.take(850);
    safe.arrived();
    await occupy(room, 'b', 100);
    const poor = taking(room.enter('b'), 100);
    await vi.advanceTimersByTimeAsync(wait);
    expect(poor.got).toBe(false);
  });

  it('takes from a large body for a small one of the same tenant, and for no large one', async () => {
    const room = createRoom(128_000, wait);
    const lost: number[] = [];
    for (const bytes of [112_000, 7_000, 900])
      expect(room.enter('a', () => lost.push(bytes)).take(bytes)).toBe(true);
    await occupy(room, 'a', 10);
    const [small, large] = [taking(room.enter('a'), 200), taking(room.enter('a'), 2_000)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect([small.got, lost]).toEqual([true, [112_000]]);
    expect(large.got).toBe(true);
    const largest = taking(room.enter('a'), 115_000);
    await vi.advanceTimersByTimeAsync(wait);
    expect([largest.got, lost]).toEqual([false, [112_000]]);
  });

  it('gives nothing to a body that has lost its place', async () => {
    const room = createRoom(1_000, wait);
    const place = room.enter('a');
    await place.take(10);
    place.leave();
    place.leave();
    expect(await place.take(10)).toBe(false);
    expect(room.held).toBe(0);
  });
});

interface Arrival {
  /** Milliseconds. */
  readonly at: number;
  readonly tenant: number;
  readonly bytes: number;
  /** Bytes that come at once, and milliseconds between. */
  readonly piece: number;
  readonly every: number;
  /** Stops in the middle, and is ended by its rate after a while. */
  readonly stalls: boolean;
}
const size = 128_000;
const small = 1_000;
const slowest = 45_000;
const working = 50;

/** Sends one body, as the receivers do. */
async function sendOne(room: Room, { tenant, bytes, piece, every, stalls }: Arrival) {
  const began = performance.now();
  let lost = false;
  const place = room.enter(`t${tenant}`, () => {
    lost = true;
  });
  let waited = 0;
  let outcome = 'in';
  for (let sent = 0; sent < bytes && outcome === 'in'; sent += piece) {
    const asked = performance.now();
    const got = await place.take(Math.min(piece, bytes - sent));
    waited += performance.now() - asked;
    if (!got) outcome = 'refused';
    else if (stalls && sent * 2 > bytes) {
      await new Promise((resolve) => setTimeout(resolve, slowest));
      outcome = 'too slow';
    } else await new Promise((resolve) => setTimeout(resolve, every));
    if (lost) outcome = 'refused';
  }
  if (outcome === 'in') {
    place.arrived();
    await new Promise((resolve) => setTimeout(resolve, working));
  }
  place.leave();
  return { outcome, waited, took: performance.now() - began };
}

/** Fills the room, and mostly holds it. */
const greedy = fc.record({
  at: fc.integer({ min: 0, max: 10_000 }),
  tenant: fc.integer({ min: 0, max: 2 }),
  bytes: fc.integer({ min: 20_000, max: 100_000 }),
  piece: fc.integer({ min: 500, max: 8_000 }),
  every: fc.integer({ min: 0, max: 100 }),
  stalls: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
});
const any = fc.record({
  at: fc.integer({ min: 0, max: 20_000 }),
  tenant: fc.integer({ min: 0, max: 8 }),
  bytes: fc.oneof(fc.integer({ min: 1, max: small }), fc.integer({ min: small, max: 50_000 })),
  piece: fc.integer({ min: 500, max: 8_000 }),
  every: fc.integer({ min: 0, max: 400 }),
  stalls: fc.boolean(),
});
const arrivals = fc
  .tuple(fc.array(greedy, { maxLength: 40 }), fc.array(any, { minLength: 1, maxLength: 80 }))
  .map((all): Arrival[] => all.flat());

describe('whatever arrives', () => {
  it('gets in or is refused in time, within the size, and the room is empty in the end', async () => {
    const property = fc.asyncProperty(arrivals, async (all) => {
      const room = createRoom(size, wait);
      let most = 0;
      const watching = setInterval(() => {
        most = Math.max(most, room.held);
      }, 10);
      let done = false;
      const sent = Promise.all(
        all.map(async (one) => {
          await new Promise((resolve) => setTimeout(resolve, one.at));
          return { one, ...(await sendOne(room, one)) };
        }),
      ).finally(() => {
        done = true;
      });
      for (let n = 0; n < 4_000 && !done; n += 1) await vi.advanceTimersByTimeAsync(100);
      clearInterval(watching);
      expect(done).toBe(true);
      expect(room.held).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
      // One body may go beyond the size, of which none is larger than this.
      expect(most).toBeLessThanOrEqual(size + 100_000);
      for (const { one, waited, took, outcome } of await sent) {
        expect(waited).toBeLessThanOrEqual(wait + 1);
        const pieces = Math.ceil(one.bytes / one.piece);
        expect(took).toBeLessThanOrEqual(wait + pieces * (one.every + 1) + slowest + working);
        // A small body of who is not greedy waits no longer than until others give up their room.
        if (one.bytes <= small && one.tenant > 2 && !one.stalls) {
          expect(outcome).toBe('in');
          expect(waited).toBeLessThanOrEqual(2_000);
        }
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
