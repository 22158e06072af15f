import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { encodeRow } from '../core/row.fixture.ts';
import { eventOf } from '../core/row.ts';
import type { Decoded } from '../core/spec.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { createHeavyReading, type HeavyOptions, type HeavyReading } from './heavy.ts';
import { createRecordReading, type ReadEvent, type ReadRecord, type RefusedRecord } from './read-record.ts';
import { createRedaction } from './redact.ts';

const redaction = {
  fields: ['shoeSize'],
  tenants: [{ tenant: 'default', fields: ['note.text'], personal: 'redact' as const }],
};
const here = createRedaction(redaction);
const about = {
  tenant: 'default',
  received: 1_795_000_000_000_000,
  vocabulary: undefined,
  placeName: (decoded: Decoded, index: number) => `place-${decoded.byte}-${index}`,
};
const record = (text: string | Buffer, more: Partial<Decoded> = {}): Decoded => ({
  bytes: Buffer.from(text as string),
  line: 1,
  byte: 0,
  ...more,
});

let readHere: ReadRecord;
beforeAll(async () => {
  const { h64 } = await xxhash();
  const onBug = (error: unknown) => expect.fail(String(error));
  readHere = createRecordReading({
    vocabularies,
    fallback,
    redaction: here,
    hash: h64,
    largest: 4_000_000,
    onBug,
  });
});

let logged: string[] = [];
let reading: HeavyReading | undefined;
let folder: string | undefined;
afterEach(async () => {
  await reading?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = undefined;
});
function open(more: Partial<HeavyOptions> = {}): HeavyReading {
  logged = [];
  const quiet = () => {};
  reading = createHeavyReading({
    redaction,
    largest: 4_000_000,
    scrub: here.scrub,
    log: { debug: quiet, info: quiet, warn: quiet, error: (message) => void logged.push(message) },
    ...more,
  });
  return reading;
}
/** A thread that does as the text says. */
async function threadOf(program: string): Promise<URL> {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-heavy-'));
  const file = join(folder, 'thread.mjs');
  await writeFile(file, `import { parentPort } from 'node:worker_threads';\n${program}`);
  return pathToFileURL(file);
}

const otoroshi = readFileSync(
  new URL('../../test/fixtures/otoroshi/gateway-event.ndjson', import.meta.url),
  'utf8',
);
const [gatewayEvent = ''] = otoroshi.split('\n');

/** What becomes of a record, however it was read. */
function plain(read: ReadEvent | RefusedRecord) {
  const bytes = read.bytes.toString('latin1');
  if (!('made' in read)) return { ...read, bytes };
  const { made } = read;
  const row = made instanceof Uint8Array ? made.toString() : `${encodeRow(eventOf(made))}\n`;
  return { ...read, bytes, made: row };
}

describe('a heavy record', () => {
  it.each([
    ['of a gateway', record(gatewayEvent)],
    ['with secrets in it', record(`{"password":"geheim-1","shoeSize":43,"pad":"${'x'.repeat(500_000)}"}`)],
    ['with what its tenant wants redacted', record('{"note":{"text":"geheim-2"},"clientIp":"192.0.2.7"}')],
    ['with an id of its protocol', record('{"a":1}', { id: 'from-protocol' })],
    ['of a place', record('{"a":1}', { byte: 77, line: 3 })],
    ['that is damaged', record(`{"a":"${'\\n'.repeat(100_000)}`)],
    ['that its protocol could not read', record('{"a":', { problem: { path: '', reason: 'cut short' } })],
    [
      'that is no UTF-8',
      record(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(200_000, 0xfe), Buffer.from('"}')])),
    ],
    ['with the name of a prototype', record('{"__proto__":{"a":1},"constructor":2,"toString":"x"}')],
    ['that is too large', record(`{"a":"${'x'.repeat(4_000_000)}"}`)],
  ])('%s becomes what it would become on the main thread', async (_, decoded) => {
    expect(plain(await open().read(decoded, 5, about))).toEqual(plain(readHere(decoded, 5, about)));
    expect(logged).toEqual([]);
  });

  it('leaves the bytes of its body to the body', async () => {
    const body = Buffer.from('{"a":1}\n{"b":2}');
    await open().read({ bytes: body.subarray(8), line: 2, byte: 8 }, 1, about);
    expect(body.toString()).toBe('{"a":1}\n{"b":2}');
  });

  it('is read after those that were asked for before', async () => {
    const { read } = open();
    const texts = Array.from({ length: 5 }, (_, n) => `{"n":${n},"pad":"${'y'.repeat((5 - n) * 100_000)}"}`);
    const order: number[] = [];
    await Promise.all(
      texts.map(async (text, n) => {
        await read(record(text), n, about);
        order.push(n);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it('that takes too long leaves its head, without secrets, in quarantine, and the next is tried anew', async () => {
    const program = await threadOf(
      `parentPort.on('message', () => { for (;;); }); parentPort.postMessage('ready');`,
    );
    const { read } = open({ program, patience: 200 });
    for (const attempt of [1, 2]) {
      const text = `{"n":${attempt},"password":"geheim-1","pad":"${'x'.repeat(200_000)}"}`;
      const refused = (await read(record(text), 0, about)) as RefusedRecord;
      expect(refused.reason).toBe('too-costly');
      expect(refused.bytes.length).toBeLessThan(70_000);
      expect(refused.bytes.toString()).toContain(`"n":${attempt}`);
      expect(refused.bytes.toString()).not.toContain('geheim');
    }
    expect(logged).toHaveLength(2);
  });

  it('that takes too much memory does so too', async () => {
    const program = await threadOf(
      `parentPort.on('message', () => { const all = []; for (;;) all.push({ n: all.length }); }); parentPort.postMessage('ready');`,
    );
    const refused = (await open({ program }).read(record('{"a":1}'), 0, about)) as RefusedRecord;
    expect(refused.reason).toBe('too-costly');
  });

  it('is read by a new thread when the last one was ended for want of work', async () => {
    const { read } = open({ idle: 0 });
    for (const id of ['first', 'second']) {
      expect(plain(await read(record('{"a":1}', { id }), 0, about))).toMatchObject({ id });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(logged).toEqual([]);
  });
});
