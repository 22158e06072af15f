import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import Type from 'typebox';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import type { Payload, Verdict } from '../core/ingest.ts';
import type { JournalEntry } from '../core/journal.ts';
import { decodeRow } from '../core/row.ts';
import type { EventType, GatewayRecord, Identity, Vocabulary } from '../core/spec.ts';
import { createDuplicateIndex } from '../journal/duplicates.ts';
import { NotJournalled } from '../journal/frame-log.ts';
import { elasticsearchBulk } from '../protocols/elasticsearch-bulk.ts';
import { json } from '../protocols/json.ts';
import { lines } from '../protocols/lines.ts';
import type { Rejected } from './gathering.ts';
import { createIngest, type IngestOptions } from './ingest.ts';
import { defaultLimits } from './limits.ts';
import { createPackReading } from './read-pack.ts';
import { createRedaction } from './redaction/redact.ts';
import { createSenders } from './senders.ts';

const now = 1_795_000_000_000_000;

const eventType = (name: string, identity: Identity, more: Partial<EventType> = {}): EventType => ({
  name,
  doc: 'A type for this test.',
  family: 'traffic',
  identity,
  fields: Type.Object({
    kind: Type.String(),
    at: Type.Optional(Type.Number()),
    user: Type.Optional(Type.String()),
  }),
  example: { kind: name },
  normalise: (record) => ({
    time: typeof record.at === 'number' ? record.at : undefined,
    ...(typeof record.status === 'number' ? { status: record.status } : {}),
    ...(typeof record.user === 'string' ? { user: record.user } : {}),
  }),
  ...more,
});
const vocabulary = (
  name: string,
  types: readonly EventType[],
  parseLine?: Vocabulary['parseLine'],
): Vocabulary => ({
  name,
  doc: 'A vocabulary for this test.',
  types,
  recognise: (record) => types.find((type) => type.name === record.kind),
  ...(parseLine === undefined ? {} : { parseLine }),
});
const call = eventType('call', { by: 'native', paths: ['id', 'part'] });
const single = eventType('single', { by: 'native', paths: ['id'] });
const content = eventType('content', { by: 'content' });
const place = eventType('place', { by: 'position' });
const broken = eventType(
  'broken',
  { by: 'position' },
  {
    normalise: () => {
      throw new Error('a bug');
    },
  },
);
const anything = eventType('anything', { by: 'position' }, { family: 'unknown', fields: Type.Object({}) });
const gateway = vocabulary('gateway', [call, single, content, place, broken], (line) => {
  const match = /^(\S+) said (\S+)$/.exec(line);
  return match === null ? undefined : { kind: 'place', user: match[1] as string, word: match[2] as string };
});
const fallback: Vocabulary = { ...vocabulary('generic', [anything]), recognise: () => anything };

let hash: (text: string) => bigint;
beforeAll(async () => {
  hash = (await xxhash()).h64;
});

/** What the journal and the quarantine were given. */
let entries: JournalEntry[];
let kept: Rejected[];
let pressure: 'ok' | 'full';
let failing: 'journal' | 'quarantine' | undefined;
let ids = 0;
let street: ReturnType<typeof createIngest>;
let senders: ReturnType<typeof createSenders>;
const log = { debug() {}, info() {}, warn() {}, error() {} };

function open(more: Partial<IngestOptions> = {}): ReturnType<typeof createIngest> {
  senders = createSenders();
  return createIngest({
    vocabularies: [gateway],
    fallback,
    journal: {
      get pressure() {
        return pressure;
      },
      async append(entry) {
        if (failing === 'journal') throw new Error('the disk is gone');
        entries.push(entry);
        return { first: 0 };
      },
    },
    duplicates: createDuplicateIndex(10_000),
    quarantine: {
      async keep(rejected) {
        if (failing === 'quarantine') throw new Error('the disk is gone');
        kept.push(...rejected);
        return rejected.map((_, index) => `q-${kept.length - rejected.length + index}`);
      },
    },
    redaction: createRedaction(),
    hash,
    newId: () => `payload${ids++}`,
    senders,
    log,
    ...more,
  });
}

beforeEach(() => {
  entries = [];
  kept = [];
  pressure = 'ok';
  failing = undefined;
  street = open();
});

const payload = (body: string | Buffer, more: Partial<Payload> = {}): Payload => ({
  tenant: 'default',
  receiver: 'http',
  sender: 'test 127.0.0.1',
  received: now,
  body: Buffer.from(body as string),
  headers: {},
  protocol: json,
  ...more,
});
async function send(body: string | Buffer, more: Partial<Payload> = {}) {
  const answer = await street(payload(body, more));
  if (!answer.ok) throw new Error(`${answer.error.status}: ${answer.error.reason}`);
  return answer.value;
}
const kinds = (verdicts: readonly Verdict[]) => verdicts.map(({ kind }) => kind);
const journalled = () => entries.map(({ rows }) => Buffer.concat(rows.chunks).toString()).join('');
const events = () =>
  journalled()
    .split('\n')
    .slice(0, -1)
    .map((row) => decodeRow(`0\t0\t${row}`));

describe('what a record becomes', () => {
  it('is an event with the record as received', async () => {
    const record = '{"kind":"call", "id":"a","part":1,"at":1795000000000000,"status":200}';
    await send(record);
    expect(events()).toEqual([
      {
        position: 0,
        id: 'a/1',
        weight: 1,
        tenant: 'default',
        time: now,
        received: now,
        vocabulary: 'gateway',
        type: 'call',
        family: 'traffic',
        severity: 'info',
        outcome: 'unknown',
        status: 200,
        retention: 'default',
        attributes: { id: 'a', part: '1', status: '200' },
        raw: record,
      },
    ]);
  });

  it('is kept as unknown where no vocabulary claims it', async () => {
    await send('{"whatever":true,"deep":{"a":1}}');
    expect(events()[0]).toMatchObject({
      family: 'unknown',
      vocabulary: 'generic',
      attributes: { whatever: 'true' },
    });
  });

  it('is read from a line by the vocabulary that knows the form', async () => {
    await send('ann said hello\n{"kind":"place","user":"bob"}\nneither\n', { protocol: lines });
    expect(events().map((event) => event.user)).toEqual(['ann', 'bob']);
    expect(kept.map((entry) => [entry.reason, entry.bytes.toString()])).toEqual([['unreadable', 'neither']]);
  });

  it('takes the time of receipt for one that cannot be, and keeps the reported one', async () => {
    await send(`[{"kind":"place","at":5},{"kind":"place","at":${now + 90_000_000_000}},{"kind":"place"}]`);
    expect(events().map((event) => event.time)).toEqual([now, now, now]);
    expect(events().map((event) => event.reportedTime)).toEqual([
      '1970-01-01T00:00:00.000Z',
      new Date((now + 90_000_000_000) / 1000).toISOString(),
      undefined,
    ]);
  });

  it.each([
    ['-1', undefined],
    ['70000', undefined],
    ['1e400', undefined],
    ['200.4', 200],
  ])('has no number its column cannot take: %s', async (written, status) => {
    await send(`{"kind":"place","status":${written}}`);
    expect(events()[0]?.status).toBe(status);
  });

  it('gives back invalid UTF-8 byte for byte', async () => {
    const record = Buffer.concat([
      Buffer.from('{"kind":"place","user":"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}'),
    ]);
    await send(record);
    const [event] = events();
    expect(event?.rawEncoding).toBe('base64');
    expect(Buffer.from(event?.raw ?? '', 'base64').equals(record)).toBe(true);
  });

  it('holds no secret, neither in its columns nor in the record', async () => {
    await send(
      '{"kind":"place","password":"hunter2","n":1541238890123456789}\n{"kind":"place","password":"hunter2"',
    );
    expect(events()[0]?.raw).toBe('{"kind":"place","password":"[redacted]","n":1541238890123456789}');
    expect(journalled()).not.toContain('hunter2');
    expect(kept.map((entry) => entry.bytes.toString()).join()).not.toContain('hunter2');
  });

  it('goes to quarantine with field and reason where its type refuses it', async () => {
    const receipt = await send('{"kind":"place","user":17}\n{"kind":"place"}');
    expect(receipt).toMatchObject({ received: 2, accepted: 1, quarantined: 1 });
    expect(kept[0]).toMatchObject({
      reason: 'invalid-field',
      vocabulary: 'gateway',
      problem: { path: 'user' },
    });
  });

  it('goes to quarantine where an event type has a bug, and its neighbours pass', async () => {
    expect(kinds((await send('{"kind":"broken"}{"kind":"place"}')).verdicts)).toEqual([
      'quarantined',
      'accepted',
    ]);
    expect(kept[0]?.reason).toBe('failed');
  });

  it('leaves its head in quarantine where it is too large', async () => {
    street = open({ limits: { ...defaultLimits, record: 1000, records: 10 } });
    await send(`{"kind":"place","text":"${'x'.repeat(2000)}"}\n{"kind":"place"}`);
    expect(kept.map((entry) => entry.reason)).toEqual(['too-large']);
    expect(events()).toHaveLength(1);
  });
});

describe('identity', () => {
  it('recognises the sender’s own id, in one body and in the next', async () => {
    const record = '{"kind":"single","id":"a"}';
    expect(kinds((await send(`${record}\n${record}`)).verdicts)).toEqual(['accepted', 'duplicate']);
    expect(kinds((await send(record)).verdicts)).toEqual(['duplicate']);
    expect(events().map((event) => event.id)).toEqual(['a']);
  });

  it('takes the same id with other content for no duplicate', async () => {
    await send('{"kind":"single","id":"a","n":1}');
    const receipt = await send('{"kind":"single","id":"a","n":2}');
    expect(receipt.verdicts[0]).toMatchObject({ kind: 'quarantined', reason: 'id-conflict' });
    expect(kept[0]?.bytes.toString()).toBe('{"kind":"single","id":"a","n":2}');
  });

  it('keeps ids apart by tenant and by type', async () => {
    await send('{"kind":"single","id":"a"}');
    expect(kinds((await send('{"kind":"single","id":"a"}', { tenant: 'other' })).verdicts)).toEqual([
      'accepted',
    ]);
    expect(kinds((await send('{"kind":"call","id":"a","part":""}')).verdicts)).toEqual(['accepted']);
  });

  it('keeps all digits of a number', async () => {
    await send('{"kind":"single","id":1541238890123456789}');
    expect(events()[0]?.id).toBe('1541238890123456789');
  });

  it('tells equal records without an id of their own apart', async () => {
    const record = '{"kind":"place","n":1}';
    const receipt = await send(`${record}\n${record}`);
    expect(kinds([...receipt.verdicts, ...(await send(record)).verdicts])).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(new Set(events().map((event) => event.id)).size).toBe(3);
  });

  it('recognises a repeated request by its key', async () => {
    const body = '{"kind":"place","n":1}\n{"kind":"place","n":1}';
    await send(body, { idempotencyKey: 'k' });
    expect(kinds((await send(body, { idempotencyKey: 'k' })).verdicts)).toEqual(['duplicate', 'duplicate']);
    expect(kinds((await send(body, { idempotencyKey: 'l' })).verdicts)).toEqual(['accepted', 'accepted']);
  });

  it('names a record without an id by file and offset, and commits the progress with it', async () => {
    const source = { key: 'a.log', offset: 100, next: '145' };
    await send('{"kind":"place"}\n{"kind":"place"}', { source });
    expect(events().map((event) => event.id)).toEqual(['a.log:100', 'a.log:117']);
    expect(entries[0]?.source).toEqual({ key: 'a.log', position: '145' });
  });

  it('takes the protocol’s id where the type has none, and not where it has one', async () => {
    const body =
      '{"index":{"_id":"x"}}\n{"kind":"place"}\n{"index":{"_id":"y"}}\n{"kind":"single","id":"own"}\n';
    await send(body, { protocol: elasticsearchBulk });
    expect(events().map((event) => event.id)).toEqual(['x', 'own']);
  });

  it('names a record by its content where its type says so', async () => {
    expect(
      kinds((await send('{"kind":"content","n":1}{"kind":"content","n":1}{"kind":"content"}')).verdicts),
    ).toEqual(['accepted', 'duplicate', 'accepted']);
  });

  it('is a hash where it is long or was a secret', async () => {
    await send(`{"kind":"single","id":"${'ä'.repeat(300)}"}`);
    await send('{"kind":"single","id":"Bearer abcdefghijklmnopqrstuvwxyz0123456789"}');
    for (const event of events()) expect(event.id).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});

describe('the answer', () => {
  it('counts every record once: received = accepted + duplicates + quarantined', async () => {
    const receipt = await send(
      '{"kind":"single","id":1}{"kind":"single","id":1}{"kind":"single","id":1,"n":2} 7',
    );
    expect(receipt).toMatchObject({ received: 4, accepted: 1, duplicates: 1, quarantined: 2 });
    expect(entries[0]?.counts).toEqual({ received: 4, duplicates: 1, quarantined: 2, replayed: 0 });
  });

  it('counts records that are sent again from quarantine beside the equation, and keeps no second entry', async () => {
    const receipt = await send('{"kind":"place"}\nnothing', { replayOf: 'q-9' });
    expect(entries[0]?.counts).toEqual({ received: 0, duplicates: 0, quarantined: 0, replayed: 1 });
    expect(kept).toEqual([]);
    expect(receipt.verdicts[1]).toMatchObject({ kind: 'quarantined', quarantineId: 'q-9' });
    expect(kinds((await send('{"kind":"place"}', { replayOf: 'q-9' })).verdicts)).toEqual(['duplicate']);
  });

  it.each(['journal', 'quarantine'] as const)(
    'is no while the %s cannot write, and a second try passes',
    async (part) => {
      const body = '{"kind":"single","id":1}\nnothing';
      failing = part;
      expect(await street(payload(body))).toMatchObject({ ok: false, error: { status: 503 } });
      failing = undefined;
      expect(await send(body)).toMatchObject({ accepted: 1, quarantined: 1 });
      expect(events()).toHaveLength(1);
    },
  );

  it('is 503 with a time while the disk is full', async () => {
    pressure = 'full';
    expect(await street(payload('{}'))).toMatchObject({ ok: false, error: { status: 503, retryAfter: 5 } });
  });

  it('is 413 when one body has more records than the limit, and nothing is kept', async () => {
    street = open({ limits: { ...defaultLimits, records: 3 } });
    expect(await street(payload('{}{}{}{}'))).toMatchObject({ ok: false, error: { status: 413 } });
    expect(entries).toEqual([]);
  });

  it('leaves no id behind of a body with too many records that was being read', async () => {
    const readPack = createPackReading({
      vocabularies: [gateway],
      fallback,
      redaction: createRedaction(),
      hash,
      largest: 1e6,
      onBug: (error) => expect.fail(String(error)),
    });
    const slow: IngestOptions['threads'] = {
      async read(...pack) {
        await sleep(50);
        return [readPack(...pack)];
      },
    };
    const limits = { ...defaultLimits, records: 800 };
    street = open({ limits, threads: slow });
    const lines = Array.from({ length: 900 }, (_, id) =>
      JSON.stringify({ kind: 'single', id, pad: 'x'.repeat(60) }),
    );
    expect(await street(payload(lines.join('\n')))).toMatchObject({ ok: false, error: { status: 413 } });
    await sleep(100);
    expect(await street(payload(lines.slice(0, 700).join('\n')))).toMatchObject({
      ok: true,
      value: { accepted: 700, duplicates: 0 },
    });
  });

  it('fails a duplicate together with the record it repeats', async () => {
    const gate = Promise.withResolvers<void>();
    street = open({
      journal: {
        pressure: 'ok',
        async append(entry) {
          if (entry.rows.count > 0) await gate.promise;
          return { first: 0 };
        },
      },
    });
    const first = street(payload('{"kind":"single","id":1}'));
    const second = street(payload('{"kind":"single","id":1}'));
    gate.reject(new Error('the disk is gone'));
    const refused = await first;
    expect(refused).toMatchObject({ ok: false, error: { status: 503 } });
    expect(refused.ok ? undefined : refused.error.outcomeUnknown).toBeUndefined();
    // Its own records are on disk.
    expect(await second).toMatchObject({ ok: false, error: { status: 503, outcomeUnknown: true } });
  });

  it('does not say no when the journal does not know', async () => {
    const journal = { pressure: 'ok', append: () => Promise.reject(new NotJournalled('unknown')) } as const;
    street = open({ journal });
    const outcome = await street(payload('{"kind":"single","id":1}'));
    expect(outcome).toMatchObject({ ok: false, error: { status: 503, outcomeUnknown: true } });
  });

  it('tells each tenant what its senders sent last', async () => {
    await send('{"kind":"single","id":1}{"kind":"single","id":1} x', { sender: 'gw-1' });
    expect(senders.list('other')).toEqual([]);
    expect(senders.list('default')).toMatchObject([
      {
        sender: 'gw-1',
        received: 3,
        accepted: 1,
        lastAccepted: { id: '1', time: now },
        lastDuplicate: { id: '1' },
        lastQuarantined: { id: 'q-0', reason: 'unreadable' },
      },
    ]);
  });
});

describe('any bytes', () => {
  const sample = '{"kind":"single","id":"a","__proto__":{"polluted":true},"constructor":{"prototype":1}}';
  const mutated = fc
    .tuple(
      fc.array(fc.tuple(fc.nat(sample.length), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.boolean(),
    )
    .map(([changes, cut]) => {
      const bytes = Buffer.from(sample);
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      return cut ? bytes.subarray(0, changes[0]?.[0] ?? 10) : bytes;
    });
  const noise = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes));
  const values = fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text));

  it('become an event, a duplicate or an entry in quarantine, or are refused as a whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(mutated, noise, values),
        fc.constantFrom(json, lines, elasticsearchBulk),
        async (body, protocol) => {
          const before = kept.length;
          const answer = await street(payload(body, { protocol }));
          if (!answer.ok) {
            expect(answer.error.status).toBe(400);
            return;
          }
          const { received, accepted, duplicates, quarantined, verdicts } = answer.value;
          expect(received).toBe(accepted + duplicates + quarantined);
          expect(verdicts).toHaveLength(received);
          expect(kept.length - before).toBe(quarantined);
        },
      ),
      { numRuns: 1000 },
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('never change what every object has', async () => {
    await send('{"__proto__":{"polluted":true},"a":1}');
    expect(({} as GatewayRecord).polluted).toBeUndefined();
    expect(events()[0]?.raw).toContain('__proto__');
  });

  it('nested ever so deep are read', async () => {
    const deep = `{"kind":"place","deep":${'['.repeat(40_000)}${']'.repeat(40_000)}}`;
    expect(kinds((await send(`${deep}\n[${deep}]`)).verdicts)).toEqual(['accepted', 'accepted']);
  });
});
