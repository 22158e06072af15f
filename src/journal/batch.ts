/**
 * A journalled entry as bytes, the body of a frame: length of the head (u32), head (JSON, padded so that the table
 * is aligned), table (per row: time f64, id hash u64, content hash u32, end u32, one column after the other), text of
 * the rows. The table is not compressed, so that a start reads ids without decoding; the text is, off the main thread.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { giveBack } from '../core/give-back.ts';
import type { JournalBatch, JournalEntry, ReceptionCounts, Rows } from '../core/journal.ts';
import { pack, unpack } from './compression.ts';
import type { Frame } from './frame.ts';

export interface BatchHead {
  readonly tenant: string;
  readonly receiver: string;
  readonly received: number;
  readonly counts: ReceptionCounts;
  readonly source?: { readonly key: string; readonly position: string };
  readonly retention?: readonly string[] | undefined;
  /** Bytes of the text; `zstd` when it is compressed. */
  readonly text: number;
  readonly encoding?: 'zstd';
}

export type BatchTable = Pick<JournalBatch, 'times' | 'idHashes' | 'contentHashes' | 'ends'>;

const rowBytes = 24;

function tableOf(buffer: ArrayBuffer, count: number): BatchTable {
  return {
    times: new Float64Array(buffer, 0, count),
    idHashes: new BigUint64Array(buffer, count * 8, count),
    contentHashes: new Uint32Array(buffer, count * 16, count),
    ends: new Uint32Array(buffer, count * 20, count),
  };
}

/** Bytes of rows laid out before others may run, and rows, as each has a price of its own. */
const laidOutAtOnce = 4 << 20;
const rowsAtOnce = 2_000;
const lineFeed = 0x0a;

/** The rows with position and batch before each, and where each ends. */
async function layOut(rows: Rows, first: number, ends: Uint32Array): Promise<Buffer> {
  const placeBytes = String(first + rows.count).length + String(first).length + 2;
  const bytes = Buffer.allocUnsafe(rows.bytes + rows.count * placeBytes);
  let at = 0;
  let rested = 0;
  let index = 0;
  const { chunks } = rows;
  for (const [place, chunk] of chunks.entries()) {
    const { length } = chunk;
    for (let from = 0; from < length; ) {
      const to = chunk.indexOf(lineFeed, from) + 1;
      at += bytes.write(`${first + index}\t${first}\t`, at, 'latin1');
      at += chunk.copy(bytes, at, from, to);
      ends[index++] = at;
      from = to;
      if (at - rested < laidOutAtOnce && index % rowsAtOnce !== 0) continue;
      rested = at;
      await nextTurn();
    }
    if (chunks[place + 1]?.buffer !== chunk.buffer) giveBack(chunk);
  }
  return bytes.subarray(0, at);
}

export interface PreparedBatch {
  /** As live consumers see it. */
  readonly batch: JournalBatch;
  /** The body of the frame. */
  readonly parts: readonly Uint8Array[];
}

/** Lays out an entry at position `first`, a little in each turn of the event loop; `level` is that of zstd. */
export async function prepareBatch(
  entry: JournalEntry,
  first: number,
  level: number,
): Promise<PreparedBatch> {
  const { count } = entry.rows;
  const buffer = new ArrayBuffer(count * rowBytes);
  const table = tableOf(buffer, count);
  table.times.set(entry.times);
  table.idHashes.set(entry.idHashes);
  table.contentHashes.set(entry.contentHashes);
  const text = await layOut(entry.rows, first, table.ends);
  const { pieces, encoding } = await pack([text], level);
  const { tenant, receiver, received, counts, source } = entry;
  const { retention } = entry.rows;
  const head: BatchHead = {
    tenant,
    receiver,
    received,
    counts,
    ...(source === undefined ? {} : { source }),
    retention,
    text: text.length,
    ...(encoding === undefined ? {} : { encoding }),
  };
  const batch: JournalBatch = {
    first,
    count,
    tenant,
    receiver,
    received,
    counts,
    ...table,
    retention,
    text,
  };
  return { batch, parts: [encodeHead(head), new Uint8Array(buffer), ...pieces] };
}

const lengthBytes = 4;

function encodeHead(head: BatchHead): Buffer {
  const json = JSON.stringify(head);
  const length = Math.ceil((lengthBytes + Buffer.byteLength(json)) / 8) * 8 - lengthBytes;
  const bytes = Buffer.alloc(lengthBytes + length, ' ');
  bytes.writeUInt32LE(length, 0);
  bytes.write(json, lengthBytes);
  return bytes;
}

const tableAt = (body: Buffer): number => lengthBytes + body.readUInt32LE(0);

export const decodeHead = (body: Buffer): BatchHead =>
  JSON.parse(body.toString('utf8', lengthBytes, tableAt(body))) as BatchHead;

export function decodeTable(frame: Frame): BatchTable {
  const at = tableAt(frame.body);
  const bytes = new Uint8Array(frame.count * rowBytes);
  bytes.set(frame.body.subarray(at, at + bytes.length));
  return tableOf(bytes.buffer, frame.count);
}

/** The inverse of {@link prepareBatch}. */
export async function decodeBatch(frame: Frame): Promise<JournalBatch> {
  const { tenant, receiver, received, counts, retention, encoding, text: size } = decodeHead(frame.body);
  const packed = frame.body.subarray(tableAt(frame.body) + frame.count * rowBytes);
  const text = encoding === 'zstd' ? await unpack(packed, size) : packed;
  const { first, count } = frame;
  return { first, count, tenant, receiver, received, counts, ...decodeTable(frame), retention, text };
}
