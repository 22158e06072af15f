/**
 * Follows one file name: reads whole lines, hands them to the main street, goes on when they are durable. Rotation by
 * renaming (the old file is read to its end first) and by truncation are noticed; where it stands is in the journal.
 */
import { type FileHandle, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Accept, Receipt } from '../core/ingest.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Room } from '../ingest/room.ts';
import { lines } from '../protocols/lines.ts';
import { exportsApart } from '../protocols/otlp-json.ts';
import { openRegular } from '../settings/regular-file.ts';
import {
  beginsAs,
  type FileMark,
  type FilePosition,
  isFileOf,
  isWholeHead,
  markOf,
  nextFile,
  readPosition,
  writePosition,
} from './file-position.ts';

export interface TailOptions {
  readonly path: string;
  readonly tenant: string;
  /** Asked first; every vocabulary is asked when absent. */
  readonly vocabulary: string | undefined;
  readonly accept: Accept;
  /** What the journal says of this receiver's progress. */
  readonly sourcePosition: (key: string) => string | undefined;
  readonly room: Room;
  readonly clock: Clock;
  readonly log: Log;
  /** Microseconds after which a last line without its end is taken, and a file that was renamed is left. */
  readonly quiet: number;
}

/** The Collector's file exporter writes one export of log records a line. */
const linesAndExports = exportsApart(lines);
/** Bytes of one reading; a longer line makes it grow up to the longest. */
const pieceBytes = 1 << 20;
const longestLine = 5 << 20;
const shortestPiece = 1024;
const lineFeed = 0x0a;

/** Progress under this key in the journal. */
export const sourceKey = (path: string): string => `file:${path}`;

export type Step =
  /** Something was read: there may be more. */
  | 'went on'
  /** Nothing new. */
  | 'idle'
  /** The main street cannot take it now: the same again later. */
  | 'refused';

/** The file of `mark` in the folder of `path`, under whatever name. */
async function findRenamed(path: string, mark: FileMark): Promise<FileHandle | undefined> {
  const folder = dirname(path);
  for (const name of await readdir(folder).catch(() => [])) {
    const other = join(folder, name);
    if (await isFileOf(other, mark)) return openRegular(other).catch(() => undefined);
  }
  return undefined;
}

export class FileTail {
  readonly #options: TailOptions;
  readonly #key: string;
  #file: FileHandle | undefined;
  #position: FilePosition | undefined;
  #piece = pieceBytes;
  /** Size when last looked at, and since when it has been that. */
  #size = -1;
  #since = 0;
  /** Why the path cannot be read, which is said once. */
  #unreadable: string | undefined;
  #hasWarned = false;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#key = sourceKey(options.path);
    this.#position = readPosition(options.sourcePosition(this.#key));
  }

  /** Whether the file at `path` is being read here or was read to its end, under another name. */
  async knows(path: string): Promise<boolean> {
    const position = this.#position;
    if (position === undefined) return false;
    for (const mark of [position, ...position.done]) if (await isFileOf(path, mark)) return true;
    return false;
  }

  async step(): Promise<Step> {
    const file = this.#file ?? (await this.#begin());
    const position = this.#position;
    if (file === undefined || position === undefined) return 'idle';
    const { size } = await file.stat();
    if (size !== this.#size) {
      this.#size = size;
      this.#since = this.#options.clock();
      if (size < position.offset || !(await beginsAs(file, position))) return this.#restart(file, position);
      if (!isWholeHead(position)) this.#position = { ...position, ...(await markOf(file)) };
    }
    const quiet = this.#options.clock() - this.#since >= this.#options.quiet;
    const step = await this.#readOn(file, this.#position ?? position, quiet);
    if (step !== 'idle' || !quiet || !(await this.#isRenamed(position))) return step;
    await this.#leave(file, this.#position ?? position);
    return 'went on';
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Opens the file that was being read, under its new name if it was renamed meanwhile; else the one at the path. */
  async #begin(): Promise<FileHandle | undefined> {
    const { path, log } = this.#options;
    const before = this.#position;
    this.#size = -1;
    const file = await openRegular(path).catch((error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? undefined : error.message;
      if (why !== undefined && why !== this.#unreadable)
        log.warn('a file cannot be read; it is looked at again now and then', { path, error: why });
      this.#unreadable = why;
      return undefined;
    });
    if (file === undefined) return undefined;
    this.#unreadable = undefined;
    const mark = await markOf(file);
    const same = before?.inode === mark.inode && before.device === mark.device;
    if (before === undefined || !same || !(await beginsAs(file, before))) {
      const renamed = before === undefined || same ? undefined : await findRenamed(path, before);
      if (renamed !== undefined) {
        await file.close();
        this.#file = renamed;
        return renamed;
      }
      this.#position = nextFile(before, mark, false);
    }
    this.#file = file;
    return file;
  }

  /** The file was emptied, and perhaps written anew. */
  async #restart(file: FileHandle, position: FilePosition): Promise<Step> {
    this.#position = nextFile(position, await markOf(file), false);
    return 'went on';
  }

  /** Whether another file lies at the path now. While there is none, its writer may still write to the old one. */
  async #isRenamed({ device, inode }: FileMark): Promise<boolean> {
    const found = await stat(this.#options.path).catch(() => undefined);
    return found?.isFile() === true && (found.ino !== inode || found.dev !== device);
  }

  async #leave(file: FileHandle, position: FilePosition): Promise<void> {
    await file.close();
    this.#size = -1;
    this.#file = await openRegular(this.#options.path).catch(() => undefined);
    if (this.#file !== undefined) this.#position = nextFile(position, await markOf(this.#file), true);
  }

  /** @param quiet nothing was written for a while: a last line without its end is whole */
  async #readOn(file: FileHandle, position: FilePosition, quiet: boolean): Promise<Step> {
    const buffer = Buffer.allocUnsafe(Math.min(this.#piece, Math.max(0, this.#size - position.offset)));
    if (buffer.length === 0) return 'idle';
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position.offset);
    const piece = buffer.subarray(0, bytesRead);
    if (position.skipping) return this.#skip(position, piece);
    const end = piece.lastIndexOf(lineFeed) + 1;
    if (end > 0) return this.#handOver(position, piece.subarray(0, end), false);
    if (bytesRead >= longestLine) return this.#handOver(position, piece, true);
    if (bytesRead === this.#piece) {
      this.#piece = Math.min(this.#piece * 2, longestLine);
      return 'went on';
    }
    return quiet && bytesRead > 0 ? this.#handOver(position, piece, false) : 'idle';
  }

  /** Passes over the rest of a line whose head was handed over. Progress is committed with what comes next. */
  #skip(position: FilePosition, piece: Buffer): Step {
    const feed = piece.indexOf(lineFeed);
    const offset = position.offset + (feed < 0 ? piece.length : feed + 1);
    this.#position = { ...position, offset, skipping: feed < 0 };
    return 'went on';
  }

  /** Once: nobody reads the answers that a file gets. The count is in the metrics and at the sender. */
  #warnOfPast({ pastRetention: [past] = [] }: Receipt): void {
    if (past === undefined || this.#hasWarned) return;
    this.#hasWarned = true;
    const { path, log } = this.#options;
    log.warn(`A file has events that are ${past.reason}.`, { path, retention: past.retention });
  }

  async #handOver(position: FilePosition, body: Buffer, skipping: boolean): Promise<Step> {
    const { accept, room, clock, tenant, vocabulary, path, log } = this.#options;
    const next: FilePosition = { ...position, offset: position.offset + body.length, skipping };
    const place = room.enter(tenant);
    try {
      if (!(await place.take(body.length))) return 'refused';
      const receipt = await accept({
        tenant,
        receiver: this.#key,
        sender: path,
        received: clock(),
        body,
        headers: {},
        protocol: linesAndExports,
        ...(vocabulary === undefined ? {} : { vocabulary }),
        source: {
          key: this.#key,
          offset: position.base + position.offset,
          next: writePosition(next),
        },
      });
      if (!receipt.ok) {
        const { status, reason } = receipt.error;
        log.warn('a piece of a file was not taken, it will be tried again', { path, status, reason });
        if (status === 413) this.#piece = Math.max(body.length >> 1, shortestPiece);
        return 'refused';
      }
      this.#warnOfPast(receipt.value);
    } finally {
      place.leave();
    }
    this.#position = next;
    this.#piece = pieceBytes;
    return 'went on';
  }
}
