/**
 * What one act leaves in the log of the quarantine: length of the JSON (u32), the JSON, and the bytes of the records
 * one after the other, compressed when that is worth it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Problem } from '../core/result.ts';
import { pack, unpack } from '../journal/compression.ts';

/** A record that could not become an event, without its bytes. */
export interface RejectedRecord {
  readonly tenant: string;
  readonly receiver: string;
  /** Token name and address, or the path of a file. */
  readonly sender: string;
  /** Microseconds since 1970. */
  readonly received: number;
  readonly reason: string;
  readonly problem: Problem;
  readonly vocabulary?: string;
}

export type Act =
  /** Records kept, in the order of their positions, and how many over the bounds are only counted. */
  | {
      readonly kept: readonly (RejectedRecord & { readonly size: number })[];
      readonly counted: readonly (Pick<RejectedRecord, 'tenant' | 'reason' | 'received'> & {
        readonly count: number;
      })[];
    }
  /** The record at this position was sent again; reason and receipt are the record's. */
  | {
      readonly replayed: number;
      readonly tenant: string;
      readonly reason: string;
      readonly received: number;
      readonly outcome: string;
    }
  /** All of a tenant before it is gone. */
  | { readonly forgotten: string };

const lengthBytes = 4;
const level = 3;

/** Kept records written as JSON before others may run: there may be ten thousand in one act. */
const writtenAtOnce = 1_000;

async function jsonOf(act: Act & { readonly encoding?: 'zstd' }): Promise<string> {
  if (!('kept' in act)) return JSON.stringify(act);
  const { kept, ...rest } = act;
  const items: string[] = [];
  for (let from = 0; from < kept.length; from += writtenAtOnce) {
    if (from > 0) await nextTurn();
    items.push(JSON.stringify(kept.slice(from, from + writtenAtOnce)).slice(1, -1));
  }
  return `{"kept":[${items.join()}],${JSON.stringify(rest).slice(1)}`;
}

/** The parts of the body of a frame. */
export async function encodeAct(act: Act, records: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const { pieces, encoding } = await pack(records, level);
  const json = Buffer.from(await jsonOf({ ...act, ...(encoding === undefined ? {} : { encoding }) }));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(json.length);
  return [length, json, ...pieces];
}

const jsonEnd = (body: Buffer): number => lengthBytes + body.readUInt32LE(0);

export const decodeAct = (body: Buffer): Act & { readonly encoding?: 'zstd' } =>
  JSON.parse(body.toString('utf8', lengthBytes, jsonEnd(body))) as Act & { encoding?: 'zstd' };

/** The bytes of the kept records of an act, one after the other. */
export async function decodeRecords(body: Buffer): Promise<Buffer> {
  const packed = body.subarray(jsonEnd(body));
  const act = decodeAct(body);
  if (act.encoding === undefined || !('kept' in act)) return packed;
  return unpack(
    packed,
    act.kept.reduce((sum, { size }) => sum + size, 0),
  );
}
