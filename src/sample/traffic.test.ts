import { beforeAll, describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { denialReasons } from '../core/event.ts';
import type { Receipt } from '../core/ingest.ts';
import type { JournalEntry } from '../core/journal.ts';
import { decodeRow } from '../core/row.ts';
import type { Rejected } from '../ingest/gathering.ts';
import { createIngest } from '../ingest/ingest.ts';
import { createRedaction } from '../ingest/redaction/redact.ts';
import { createSenders } from '../ingest/senders.ts';
import { createDuplicateIndex } from '../journal/duplicates.ts';
import { json } from '../protocols/json.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { createTraffic, type Spoken } from './traffic.ts';

const noon = Date.UTC(2026, 10, 20, 12);
const names = [...vocabularies, fallback].map(({ name }) => name).sort();

let hash: (text: string) => bigint;
beforeAll(async () => {
  hash = (await xxhash()).h64;
});

/** The main street with nothing beyond it: what came out of it, and what it kept back. */
function openStreet() {
  const entries: JournalEntry[] = [];
  const rejected: Rejected[] = [];
  const receipts: Receipt[] = [];
  const accept = createIngest({
    vocabularies,
    fallback,
    journal: {
      pressure: 'ok',
      async append(entry) {
        entries.push(entry);
        return { first: 0 };
      },
    },
    duplicates: createDuplicateIndex(100_000),
    quarantine: {
      async keep(refused) {
        rejected.push(...refused);
        return refused.map((_, index) => `q-${index}`);
      },
    },
    redaction: createRedaction(),
    hash,
    newId: () => `payload${entries.length}`,
    senders: createSenders(),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  /** Sends all without saying in which vocabulary it is. */
  async function take(spoken: Spoken): Promise<void> {
    for (const [name, lines] of spoken) {
      if (lines.length === 0) continue;
      const answer = await accept({
        tenant: 'sample',
        receiver: 'test',
        sender: name,
        received: noon * 1000,
        body: Buffer.from(lines.join('\n')),
        headers: { 'content-type': 'application/x-ndjson' },
        protocol: json,
      });
      if (!answer.ok) throw new Error(answer.error.reason);
      receipts.push(answer.value);
    }
  }
  const events = () =>
    entries.flatMap(({ rows }) =>
      Buffer.concat(rows.chunks)
        .toString()
        .trimEnd()
        .split('\n')
        .map((row) => decodeRow(`0\t0\t${row}`)),
    );
  return { take, events, rejected, receipts };
}

describe('the sample traffic', () => {
  it('speaks every vocabulary from its first moment on', () => {
    const opening = createTraffic({ rate: 1, seed: 1 }).opening(noon);
    expect([...opening.keys()].sort()).toEqual(names);
    expect([...opening].filter(([, lines]) => lines.length === 0)).toEqual([]);
  });

  it('speaks every vocabulary within a few seconds of a busy time', () => {
    const spoken = createTraffic({ rate: 60, seed: 2 }).between(noon, noon + 5_000, true);
    expect(
      [...spoken]
        .filter(([, lines]) => lines.length > 0)
        .map(([name]) => name)
        .sort(),
    ).toEqual(names);
  });

  it('is recognised as what it is, and nothing of it is kept back or lost', async () => {
    const street = openStreet();
    const traffic = createTraffic({ rate: 150, seed: 3 });
    const said: string[] = [];
    for (const spoken of [
      traffic.opening(noon),
      traffic.between(noon, noon + 3_000, true),
      traffic.between(noon - 600_000, noon - 595_000, false),
    ]) {
      await street.take(spoken);
      for (const [name, lines] of spoken) said.push(...lines.map(() => name));
    }
    expect(street.events().map(({ vocabulary }) => vocabulary)).toEqual(said);
    expect(street.rejected).toEqual([]);
    const sum = (count: (receipt: Receipt) => number) =>
      street.receipts.reduce((total, receipt) => total + count(receipt), 0);
    expect(sum(({ received }) => received)).toBe(said.length);
    expect(sum(({ accepted }) => accepted)).toBe(said.length);
  });

  it('tells of other events in a second run with the same seed', async () => {
    const street = openStreet();
    for (const time of [noon, noon + 3_600_000]) {
      const traffic = createTraffic({ rate: 50, seed: 4 });
      await street.take(traffic.opening(time));
      await street.take(traffic.between(time, time + 2_000, true));
    }
    expect(street.rejected).toEqual([]);
    expect(street.receipts.some(({ duplicates }) => duplicates > 0)).toBe(false);
  });

  it('has between 1 and 5 % of its calls refused, for every reason there is', async () => {
    const street = openStreet();
    await street.take(createTraffic({ rate: 100, seed: 5 }).between(noon, noon + 40_000, false));
    const calls = street.events().filter(({ family }) => family === 'traffic');
    const refused = calls.filter(({ outcome }) => outcome === 'denied');
    expect(refused.length / calls.length).toBeGreaterThan(0.01);
    expect(refused.length / calls.length).toBeLessThan(0.05);
    expect(new Set(refused.map(({ denialReason }) => denialReason))).toEqual(new Set(denialReasons));
  });
});
