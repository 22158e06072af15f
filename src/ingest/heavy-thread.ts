/** The thread that reads heavy records, one after the other: the same reading as on the main thread, away from it. */
import { parentPort, workerData } from 'node:worker_threads';
import xxhash from 'xxhash-wasm';
import { encodeRow } from '../core/row.ts';
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

/** With its row, and without what is long in it: the main thread is to have no work with it. */
function lighten(read: ReadEvent): ReadEvent {
  const { attributes, consumerGroups, ...event } = read.event;
  return { ...read, event: { ...event, raw: '' }, row: Buffer.from(`${encodeRow(read.event)}\n`) };
}

/** Memory that is shared with other buffers is copied, all else can be handed over. */
const toHandOver = (bytes: Buffer): Uint8Array<ArrayBuffer> =>
  bytes.byteLength === bytes.buffer.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

function read({ bytes, tenant, received, vocabulary, place, ...where }: HeavyRecord): void {
  const about = { tenant, received, vocabulary, placeName: () => place };
  const found: ReadEvent | RefusedRecord = readRecord(
    { ...where, bytes: Buffer.from(bytes.buffer) },
    0,
    about,
  );
  const whole = 'event' in found ? lighten(found) : found;
  const clean = toHandOver(whole.bytes);
  const row = 'row' in whole && whole.row !== undefined ? { row: toHandOver(whole.row) } : {};
  const answer: HeavyAnswer = { read: { ...whole, bytes: clean, ...row }, bugs };
  parentPort?.postMessage(answer, 'row' in row ? [clean.buffer, row.row.buffer] : [clean.buffer]);
  bugs = [];
}

parentPort?.on('message', read);
parentPort?.postMessage('ready' satisfies HeavyAnswer);
