/** The thread that reads heavy records, one after the other: the same reading as on the main thread, away from it. */
import { parentPort, workerData } from 'node:worker_threads';
import xxhash from 'xxhash-wasm';
import { rowBytes, writeRow } from '../core/row-writer.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import type { HeavyAnswer, HeavyOrders, HeavyRecord } from './heavy-messages.ts';
import { createRecordReading, type ReadEvent, type RefusedRecord } from './read-record.ts';
import { createRedaction } from './redact.ts';

const { redaction, largest } = workerData as HeavyOrders;
const { h64 } = await xxhash();
let bugs: { type: string; error: string }[] = [];
const readRecord = createRecordReading({
  vocabularies,
  fallback,
  redaction: createRedaction(redaction),
  hash: h64,
  largest,
  onBug: (error, type) => bugs.push({ type: type.name, error: String(error) }),
});

/** The row of an event, with its line feed: the main thread is to have no work with it. */
function rowOf({ made }: ReadEvent): Buffer {
  if (made instanceof Uint8Array) return made;
  const row = Buffer.allocUnsafe(rowBytes(made) + 1);
  const end = writeRow(made, row, 0);
  row[end] = 0x0a;
  return row.subarray(0, end + 1);
}

/** Memory that is shared with other buffers is copied, all else can be handed over. */
const toHandOver = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.byteLength === bytes.buffer.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

function read({ bytes, tenant, received, vocabulary, place, ...where }: HeavyRecord): void {
  const about = { tenant, received, vocabulary, placeName: () => place };
  const found: ReadEvent | RefusedRecord = readRecord(
    { ...where, bytes: Buffer.from(bytes.buffer) },
    0,
    about,
  );
  const clean = toHandOver(found.bytes);
  const answer = (read: Exclude<HeavyAnswer, 'ready'>['read'], more: readonly Uint8Array<ArrayBuffer>[]) =>
    parentPort?.postMessage({ read, bugs } satisfies HeavyAnswer, [
      clean.buffer,
      ...more.map(({ buffer }) => buffer),
    ]);
  if ('made' in found) {
    const made = toHandOver(rowOf(found));
    answer({ ...found, bytes: clean, made }, [made]);
  } else answer({ ...found, bytes: clean }, []);
  bugs = [];
}

parentPort?.on('message', read);
parentPort?.postMessage('ready' satisfies HeavyAnswer);
