/**
 * Follows log files: names, or patterns such as `/var/log/nginx/*.json`. Looks every now and then and when the folder
 * says that something changed. Each line is a record: a JSON object, or a line that a vocabulary reads.
 */
import { type FSWatcher, watch } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Accept } from '../core/ingest.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Room } from '../ingest/room.ts';
import { FileTail, sourceKey } from './file-tail.ts';

export interface FileSource {
  /** Absolute; a name or a pattern. */
  readonly path: string;
  readonly tenant: string;
  readonly vocabulary?: string;
}

export interface FileReceivers {
  readonly files: readonly FileSource[];
  readonly accept: Accept;
  /** Where the journal says that a receiver goes on. */
  readonly sourcePosition: (key: string) => string | undefined;
  readonly room: Room;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds between looks (500). */
  readonly every?: number;
  /** Milliseconds after which a last line without its end is taken (2 s). */
  readonly quiet?: number;
  /** Milliseconds before what was refused is tried again (1 s). */
  readonly again?: number;
}

const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path);

/** Paths that are remembered as no files. */
const mostPassedOver = 10_000;

/** Wakes whoever waits; a ring while nobody waits is not lost. */
class Bell {
  #ring = Promise.withResolvers<void>();

  ring(): void {
    this.#ring.resolve();
  }

  /** Resolves at the next ring, or after `milliseconds`. */
  async wait(milliseconds: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    await Promise.race([this.#ring.promise, late]);
    clearTimeout(timer);
    this.#ring = Promise.withResolvers();
  }
}

/** Tells of changes in the folder of `path`, as far as the file system does; looking now and then finds the rest. */
function watchFolder(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(dirname(path), { persistent: false }, onChange).on('error', () => {});
  } catch {
    return undefined;
  }
}

/** Starts following; `stop` resolves when what was handed over is answered. */
export function startFileReceivers(options: FileReceivers): { stop(): Promise<void> } {
  const { files, log, every = 500, quiet = 2_000, again = 1_000 } = options;
  const stopping = new AbortController();
  const followed = new Map<string, FileTail>();
  const running = new Set<Promise<void>>();
  const passedOver = new Set<string>();

  const pause = (milliseconds: number): Promise<void> =>
    sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => {});

  async function follow(path: string, tail: FileTail): Promise<void> {
    const bell = new Bell();
    const watcher = watchFolder(path, () => bell.ring());
    const wake = () => bell.ring();
    // Why it could not be read, which is said once.
    let said: string | undefined;
    stopping.signal.addEventListener('abort', wake);
    while (!stopping.signal.aborted) {
      let why: string | undefined;
      const step = await tail.step().catch((error: unknown) => {
        why = String(error);
        if (why !== said) log.error('a file could not be read', { path, error: why });
        return 'refused' as const;
      });
      said = why;
      if (step === 'idle') await bell.wait(every);
      else if (step === 'refused') await pause(again);
    }
    watcher?.close();
    await tail.close();
  }

  function begin(path: string, { tenant, vocabulary }: FileSource): void {
    const { accept, sourcePosition, room, clock } = options;
    const about = { path, tenant, vocabulary, accept, sourcePosition, room, clock, log, quiet: quiet * 1000 };
    const tail = new FileTail(about);
    followed.set(path, tail);
    const done = follow(path, tail).finally(() => running.delete(done));
    running.add(done);
  }

  /** A file that was read under another name was renamed, and is no new one. */
  async function isKnown(path: string): Promise<boolean> {
    if (followed.has(path)) return true;
    for (const tail of followed.values()) if (await tail.knows(path)) return true;
    return false;
  }

  /** What a pattern matches and is no file is passed over, and named once. */
  async function isFile(path: string): Promise<boolean> {
    const found = await stat(path).catch(() => undefined);
    const other = found !== undefined && !found.isFile();
    if (other && !passedOver.has(path)) {
      log.warn('a pattern matches what is no file: it is passed over', { path });
      if (passedOver.size < mostPassedOver) passedOver.add(path);
    } else if (!other) passedOver.delete(path);
    return !other;
  }

  async function discover(source: FileSource): Promise<void> {
    while (!stopping.signal.aborted) {
      const paths: string[] = [];
      for await (const path of glob(source.path)) paths.push(path);
      // Those with progress first: among the others may be what they were renamed to.
      const begun = paths.filter((path) => options.sourcePosition(sourceKey(path)) !== undefined);
      for (const path of new Set([...begun, ...paths])) {
        if ((await isFile(path)) && !(await isKnown(path))) begin(path, source);
      }
      await pause(every * 4);
    }
  }

  for (const source of files) {
    if (isPattern(source.path)) running.add(discover(source));
    else begin(source.path, source);
  }
  return {
    async stop() {
      stopping.abort();
      while (running.size > 0) {
        await Promise.all(running);
        for (const done of running) running.delete(done);
      }
    },
  };
}
