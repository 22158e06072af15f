/**
 * The sidecar of a closed segment: where it ends, what its batches add up to, and the hashes of its ids, so that a
 * start reads no batch. It can be made again from the segment, so it is neither fsynced nor trusted without its CRC.
 *
 * Layout: magic, CRC-32 of the rest, length of the JSON (u32), JSON, id hashes (u64 each), content hashes (u32 each).
 */
import { crc32 } from 'node:zlib';
import type { BatchHead, BatchTable } from './batch.ts';
import type { RestoredIds } from './duplicates.ts';
import type { JournalFiles } from './files.ts';
import type { KnownSegment } from './recovery.ts';
import type { Segment } from './segment.ts';
import { Tally, type TallyJson } from './tally.ts';
import { readWhole, replaceFile } from './whole-file.ts';

interface Summary extends KnownSegment {
  readonly tally: TallyJson;
  /** Ids in order of arrival: how many, and when the last of them was received. */
  readonly runs: readonly { readonly count: number; readonly received: number }[];
}

export interface Sidecar extends KnownSegment {
  readonly tally: TallyJson;
  /** In order of arrival. */
  readonly ids: readonly RestoredIds[];
}

const magic = Buffer.from('GsI2');
const crcAt = magic.length;
const lengthAt = crcAt + 4;
const jsonAt = lengthAt + 4;
/** Ids that share one time of receipt. */
const runIds = 4096;

export const sidecarPath = (segmentPath: string): string => segmentPath.replace(/\.segment$/, '.ids');

/** Gathers what the sidecar of the segment that is being written will say. */
export class SidecarDraft {
  readonly tally = new Tally();
  readonly #tables: Pick<BatchTable, 'idHashes' | 'contentHashes'>[] = [];
  readonly #runs: { count: number; received: number }[] = [];

  add(count: number, head: Omit<BatchHead, 'text'>, table: BatchTable): void {
    this.tally.add({ ...head, count, times: table.times });
    if (count === 0) return;
    // Not the table itself, which may be a whole batch: this is held as long as the segment is open.
    this.#tables.push({ idHashes: table.idHashes, contentHashes: table.contentHashes });
    const run = this.#runs.at(-1);
    if (run === undefined || run.count >= runIds) {
      this.#runs.push({ count, received: head.received });
    } else {
      run.count += count;
      run.received = Math.max(run.received, head.received);
    }
  }

  async write(files: JournalFiles, segment: Segment): Promise<void> {
    const { endSequence, end, bytes, written, landmarks, missing } = segment;
    const summary: Summary = {
      endSequence,
      end,
      bytes,
      written,
      landmarks,
      missing,
      tally: this.tally.toJSON(),
      runs: this.#runs,
    };
    const json = Buffer.from(JSON.stringify(summary));
    const head = Buffer.alloc(jsonAt);
    magic.copy(head);
    head.writeUInt32LE(json.length, lengthAt);
    const parts = [
      head,
      json,
      ...this.#tables.map(({ idHashes }) => bytesOf(idHashes)),
      ...this.#tables.map(({ contentHashes }) => bytesOf(contentHashes)),
    ];
    const whole = Buffer.concat(parts);
    whole.writeUInt32LE(crc32(whole.subarray(lengthAt)), crcAt);
    await replaceFile(files, sidecarPath(segment.path), whole, {});
  }
}

const bytesOf = (array: BigUint64Array | Uint32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The sidecar of a segment; undefined when there is none or it is not whole. */
export async function readSidecar(files: JournalFiles, segmentPath: string): Promise<Sidecar | undefined> {
  const bytes = await readWhole(files, sidecarPath(segmentPath));
  if (bytes === undefined || bytes.length < jsonAt || !bytes.subarray(0, magic.length).equals(magic))
    return undefined;
  if (crc32(bytes.subarray(lengthAt)) !== bytes.readUInt32LE(crcAt)) return undefined;
  const idsAt = jsonAt + bytes.readUInt32LE(lengthAt);
  const { runs, ...summary } = JSON.parse(bytes.toString('utf8', jsonAt, idsAt)) as Summary;
  // Copied, as typed arrays must be aligned.
  const ids = new Uint8Array(bytes.subarray(idsAt)).buffer;
  const count = ids.byteLength / 12;
  let done = 0;
  return {
    ...summary,
    ids: runs.map((run) => {
      const restored = {
        idHashes: new BigUint64Array(ids, done * 8, run.count),
        contentHashes: new Uint32Array(ids, count * 8 + done * 4, run.count),
        received: run.received,
      };
      done += run.count;
      return restored;
    }),
  };
}
