/** The thread that reads packs, one after the other: the same reading as on the main thread, away from it. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import xxhash from 'xxhash-wasm';
import { faultOf } from '../core/fault.ts';
import { giveBack } from '../core/give-back.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { createPackReading, type ReadPack } from './read-pack.ts';
import { type PackAnswer, type PackQuestion, type ReadingOrders, recordsOf } from './reading-messages.ts';
import { createRedaction } from './redaction/redact.ts';

/** The event loop goes first where there are fewer cores than work. Where a thread has no number, nothing is lost. */
function giveWay(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), 10);
  } catch {
    // Not Linux.
  }
}

giveWay();
const { redaction, largest, ownRetention = [] } = workerData as ReadingOrders;
const { h64 } = await xxhash();
let bugs: { type: string; error: string }[] = [];
const readPack = createPackReading({
  vocabularies,
  fallback,
  redaction: createRedaction(redaction),
  hash: h64,
  largest,
  ownRetention,
  onBug: (error, type) => bugs.push({ type: type.name, error: faultOf(error) }),
});

function answer(read: ReadPack): void {
  const { times, idHashes, contentHashes, rows, ends } = read;
  const buffers = [times, idHashes, contentHashes, rows, ends].map(({ buffer }) => buffer as ArrayBuffer);
  parentPort?.postMessage({ read, bugs } satisfies PackAnswer, buffers);
  bugs = [];
}

parentPort?.on('message', (asked: PackQuestion) => {
  answer(readPack(recordsOf(asked), asked.first, asked.facts));
  giveBack(asked.bytes);
});
parentPort?.postMessage('ready' satisfies PackAnswer);
