import { describe, expect, it } from 'vitest';
import type { Payload } from '../core/ingest.ts';
import { ok } from '../core/result.ts';
import { json } from '../protocols/json.ts';
import { createSample } from './sample.ts';

const noon = Date.UTC(2026, 10, 20, 12) * 1000;

/** A sample before a street that takes everything. */
function open() {
  const payloads: Payload[] = [];
  const sample = createSample({
    async accept(payload) {
      payloads.push(payload);
      return ok({ received: 0, accepted: 0, duplicates: 0, quarantined: 0, redacted: 0, verdicts: [] });
    },
    protocol: json,
    clock: () => noon,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    rate: 1,
    enter: async () => {},
    leave: async () => payloads.splice(0).length,
  });
  const named = () => payloads.filter(({ body }) => body.includes('"eventType":"created"')).length;
  return { sample, payloads, named };
}

describe('the sample', () => {
  it('begins once however often it is started, and is running then', async () => {
    const { sample, named } = open();
    const [first] = await Promise.all([sample.start(), sample.start()]);
    expect(first.running).toBe(true);
    await sample.start();
    expect(named()).toBe(1);
    await sample.stop();
  });

  it('stops while it is starting, and sends nothing after that', async () => {
    const { sample, payloads } = open();
    const starting = sample.start();
    await sample.stop();
    await starting;
    expect(sample.status()).toMatchObject({ running: false, filling: false });
    const sent = payloads.length;
    await new Promise((done) => setTimeout(done, 1100));
    expect(payloads.length).toBe(sent);
  });

  it('begins anew after it was removed', async () => {
    const { sample, payloads, named } = open();
    await sample.start();
    const { removed } = await sample.remove();
    expect(removed).toBeGreaterThan(0);
    expect(payloads).toEqual([]);
    await sample.start();
    expect(named()).toBe(1);
    await sample.stop();
  });
});
