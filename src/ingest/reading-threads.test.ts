import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import type { Decoded } from '../core/spec.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { createPackReading, type PackFacts, type PackReading, type ReadPack } from './read-pack.ts';
import { createReadingThreads, type ReadingThreads, type ReadingThreadsOptions } from './reading-threads.ts';
import { createRedaction } from './redaction/redact.ts';

const redaction = {
  fields: ['shoeSize'],
  tenants: [{ tenant: 'default', fields: ['note.text'], personal: 'redact' as const }],
};
const here = createRedaction(redaction);
const facts: PackFacts = {
  tenant: 'default',
  received: 1_795_000_000_000_000,
  vocabulary: undefined,
  place: {
    unique: 'u',
    source: { key: 'file', offset: 1000, next: '' },
    idempotencyKey: undefined,
    replayOf: undefined,
  },
};
const record = (text: string | Buffer, more: Partial<Decoded> = {}): Decoded => ({
  bytes: Buffer.from(text as string),
  line: 1,
  byte: 0,
  ...more,
});

let readHere: PackReading;
beforeAll(async () => {
  const { h64 } = await xxhash();
  const onBug = (error: unknown) => expect.fail(String(error));
  readHere = createPackReading({
    vocabularies,
    fallback,
    redaction: here,
    hash: h64,
    largest: 4_000_000,
    onBug,
  });
});

let logged: string[] = [];
let reading: ReadingThreads | undefined;
let folder: string | undefined;
afterEach(async () => {
  await reading?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = undefined;
});
function open(more: Partial<ReadingThreadsOptions> = {}): ReadingThreads {
  logged = [];
  const quiet = () => {};
  reading = createReadingThreads({
    redaction,
    most: 1,
    largest: 4_000_000,
    scrub: here.scrub,
    log: { debug: quiet, info: quiet, warn: quiet, error: (message) => void logged.push(message) },
    ...more,
  });
  return reading;
}
/** A thread that does as the text says. */
async function threadOf(program: string): Promise<URL> {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-reading-'));
  const file = join(folder, 'thread.mjs');
  await writeFile(file, `import { parentPort } from 'node:worker_threads';\n${program}`);
  return pathToFileURL(file);
}

const otoroshi = readFileSync(
  new URL('../../test/fixtures/otoroshi/gateway-event.ndjson', import.meta.url),
  'utf8',
);
const [gatewayEvent = ''] = otoroshi.split('\n');

/** What became of a pack, however it was read. */
const plain = ({ rows, refused, ...rest }: ReadPack) => ({
  ...rest,
  rows: rows.toString('latin1'),
  refused: Array.from(refused, ([index, { bytes, ...more }]) => [index, bytes.toString('latin1'), more]),
});
const records = [
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
] as const;

describe('a record read in a thread', () => {
  it.each(records)('%s becomes what it would become on the main thread', async (_, decoded) => {
    const [read, ...more] = (await open().read([decoded], 5, facts)) ?? [];
    expect(plain(read as ReadPack)).toEqual(plain(readHere([decoded], 5, facts)));
    expect([more, logged]).toEqual([[], []]);
  });

  it('becomes the same beside all the others', async () => {
    const all = records.map(([, decoded]) => decoded);
    const [read, ...more] = (await open().read(all, 5, facts)) ?? [];
    expect(plain(read as ReadPack)).toEqual(plain(readHere(all, 5, facts)));
    expect([more, logged]).toEqual([[], []]);
  });

  it('leaves the bytes of its body to the body', async () => {
    const body = Buffer.from('{"a":1}\n{"b":2}');
    await open().read([{ bytes: body.subarray(8), line: 2, byte: 8 }], 1, facts);
    expect(body.toString()).toBe('{"a":1}\n{"b":2}');
  });

  it('is read after those that were asked for before, where there is one thread', async () => {
    const { read } = open();
    const texts = Array.from({ length: 5 }, (_, n) => `{"n":${n},"pad":"${'y'.repeat((5 - n) * 100_000)}"}`);
    const order: number[] = [];
    await Promise.all(
      texts.map(async (text, n) => {
        await read([record(text)], n, facts);
        order.push(n);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([
    ['does not wait for another when many wait and there may be two threads', 3, 2],
    ['does not wait for another for long when there may be two threads', 1, 2],
    ['waits until another is broken off when there is one thread', 3, 1],
  ])('%s', async (_, many, most) => {
    const program = await threadOf(
      `parentPort.on('message', ({ first }) => { while (first === 0); parentPort.postMessage({ bugs: [], read: { rows: new Uint8Array(0), refused: new Map() } }); }); parentPort.postMessage('ready');`,
    );
    const { read } = open({ program, most, patience: 1_500 });
    const stuck = read([record('{"n":0}')], 0, facts);
    await Promise.all(Array.from({ length: many }, (_each, n) => read([record('{"n":1}')], n + 1, facts)));
    expect(logged).toHaveLength(2 - most);
    expect((await stuck)?.[0]?.refused.get(0)?.reason).toBe('too-costly');
  });

  it('that takes too long leaves its head, without secrets, in quarantine, and its neighbours are read', async () => {
    const program = await threadOf(
      `const one = { ids: ['read'], times: new Float64Array(1), idHashes: new BigUint64Array(1), contentHashes: new Uint32Array(1), rows: Buffer.from('row\\n'), ends: Uint32Array.of(4), refused: new Map(), redacted: new Map() };
       parentPort.on('message', ({ bytes }) => {
         if (Buffer.from(bytes).includes('"hurts"')) for (;;);
         parentPort.postMessage({ bugs: [], read: one });
       });
       parentPort.postMessage('ready');`,
    );
    const { read } = open({ program, patience: 500 });
    const hurting = record(`{"hurts":1,"password":"geheim-1","pad":"${'x'.repeat(200_000)}"}`);
    const packs = await read([record('{"n":0}'), hurting, record('{"n":2}'), hurting], 0, facts);
    expect(packs?.map(({ ids }) => ids)).toEqual([['read'], [''], ['read'], ['']]);
    for (const index of [1, 3]) {
      const refused = packs?.[index]?.refused.get(0);
      expect(refused?.reason).toBe('too-costly');
      expect(refused?.bytes.length).toBeLessThan(70_000);
      expect(refused?.bytes.toString()).toContain('"hurts":1');
      expect(refused?.bytes.toString()).not.toContain('geheim');
    }
    expect(logged).toHaveLength(3);
  });

  it('is not broken off while its thread waits for the processor, however long that takes', async () => {
    const program = await threadOf(
      `const one = { ids: ['read'], times: new Float64Array(1), idHashes: new BigUint64Array(1), contentHashes: new Uint32Array(1), rows: Buffer.from('row\\n'), ends: Uint32Array.of(4), refused: new Map(), redacted: new Map() };
       parentPort.on('message', () => {
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
         parentPort.postMessage({ bugs: [], read: one });
       });
       parentPort.postMessage('ready');`,
    );
    const packs = await open({ program, patience: 200 }).read([record('{"n":0}')], 0, facts);
    expect(packs?.map(({ ids }) => ids)).toEqual([['read']]);
    expect(logged).toEqual([]);
  });

  it('is not held against it when its thread neither answers nor runs', async () => {
    const program = await threadOf(`parentPort.on('message', () => {}); parentPort.postMessage('ready');`);
    expect(await open({ program, patience: 100 }).read([record('{"n":0}')], 0, facts)).toBeUndefined();
    expect(logged).toEqual(['there is no thread to read records']);
  });

  it('that takes too much memory does so too', async () => {
    const program = await threadOf(
      `parentPort.on('message', () => { const all = []; for (;;) all.push({ n: all.length }); }); parentPort.postMessage('ready');`,
    );
    const [read] = (await open({ program }).read([record('{"a":1}')], 0, facts)) ?? [];
    expect(read?.refused.get(0)?.reason).toBe('too-costly');
  });

  it('that no thread can read, as none begins, is not read, and nothing is held against it', async () => {
    const program = await threadOf(`throw new Error('no memory');`);
    const { read } = open({ program });
    expect(await read([record('{"n":0}'), record('{"n":1}')], 0, facts)).toBeUndefined();
    expect(logged).toEqual(['there is no thread to read records']);
  });

  it('is not read when the threads are ended meanwhile, nor afterwards', async () => {
    const program = await threadOf(`parentPort.on('message', () => {}); parentPort.postMessage('ready');`);
    const { read, close } = open({ program });
    const asked = [0, 1, 2].map((n) => read([record('{"n":0}')], n, facts));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await close();
    expect(await Promise.all([...asked, read([record('{"n":0}')], 3, facts)])).toEqual(
      Array(4).fill(undefined),
    );
    expect(logged).toEqual([]);
  });

  it('is read by a new thread when the last one was ended for want of work', async () => {
    const { read } = open({ idle: 0 });
    for (const id of ['first', 'second']) {
      expect((await read([record('{"a":1}', { id })], 0, facts))?.[0]?.ids).toEqual([id]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(logged).toEqual([]);
  });
});
