/** Damaged stretches of segment files: each is counted, told and set aside once, whoever comes across it. */
import { basename } from 'node:path';
import type { Log } from '../core/ports.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { replaceFile } from './whole-file.ts';

export interface DamageCounts {
  /** Damaged stretches, their bytes, and how many events they held as far as that is known. */
  readonly stretches: number;
  readonly bytes: number;
  readonly events: number;
}

export class Damage implements DamageCounts {
  stretches = 0;
  bytes = 0;
  events = 0;
  readonly #files: JournalFiles;
  readonly #log: Log;
  readonly #known = new Set<string>();

  constructor(files: JournalFiles, log: Log) {
    this.#files = files;
    this.#log = log;
  }

  /** Keeps the bytes `from` … `to` of the file at `path` in a `.damaged` file of their own; the file stays as it is. */
  async found(file: JournalFile, path: string, from: number, to: number, events: number): Promise<void> {
    const aside = `${path}-${from}.damaged`;
    if (this.#known.has(aside)) return;
    this.#known.add(aside);
    this.stretches++;
    this.bytes += to - from;
    this.events += events;
    this.#log.error('A stretch of a journal file is damaged; it is set aside and the rest is read', {
      file: basename(path),
      from,
      to,
      events,
    });
    const bytes = Buffer.alloc(to - from);
    await file.read(bytes, from);
    await replaceFile(this.#files, aside, bytes, {});
  }
}
