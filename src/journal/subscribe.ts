/**
 * A subscription: batches in order, from memory for who keeps up and from the disk for who does not. It holds nothing
 * back: the journal neither waits for a subscriber nor keeps anything for it.
 */
import type { JournalBatch, TenantScope } from '../core/journal.ts';
import { decodeBatch, decodeHead } from './batch.ts';
import { toCurrentColumns } from './columns.ts';
import type { FrameLog } from './frame-log.ts';
import type { YoungBatches } from './young.ts';

/** Wakes all who wait, each time something was journalled. */
export class Bell {
  #waiting = new Set<() => void>();

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next ring or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

const sees = (scope: TenantScope, tenant: string): boolean => !('tenant' in scope) || scope.tenant === tenant;

export interface Source {
  readonly frames: FrameLog;
  readonly young: YoungBatches;
  readonly bell: Bell;
}

/** See `Journal.subscribe`. The batch that holds `from` comes whole, also when it begins before. */
export async function* subscribe(
  { frames, young, bell }: Source,
  scope: TenantScope,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<JournalBatch, void> {
  let position = Math.min(Math.max(from, frames.oldest), frames.end);
  while (!signal.aborted) {
    if (position >= frames.end) {
      await bell.wait(signal);
      continue;
    }
    const batch = young.from(position);
    if (batch !== undefined) {
      position = batch.first + batch.count;
      if (sees(scope, batch.tenant)) yield batch;
      continue;
    }
    const before = position;
    for await (const { frame, segment } of frames.read(position)) {
      if (signal.aborted) return;
      if (frame.count === 0) continue;
      position = frame.first + frame.count;
      if (sees(scope, decodeHead(frame.body).tenant))
        yield toCurrentColumns(await decodeBatch(frame), segment.header.note);
      if (young.from(position) !== undefined) break;
    }
    // What should be there is damaged or was deleted meanwhile: on to what is there.
    if (position === before) position = Math.max(young.oldest ?? frames.end, frames.oldest);
  }
}
