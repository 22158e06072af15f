/** The sidecars of a journal: drafted while a segment grows, written when it is closed, removed with it. */
import { join } from 'node:path';
import type { Log } from '../core/ports.ts';
import type { JournalFiles } from './files.ts';
import type { Segment } from './segment.ts';
import { readSidecar, type Sidecar, SidecarDraft, sidecarPath } from './sidecar.ts';

export class Sidecars {
  readonly #files: JournalFiles;
  readonly #log: Log;
  readonly #drafts = new Map<Segment, SidecarDraft>();
  /** Writing, one after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(files: JournalFiles, log: Log) {
    this.#files = files;
    this.#log = log;
  }

  /** What the sidecar of a segment will say; begun when first asked for. */
  draft(segment: Segment): SidecarDraft {
    let draft = this.#drafts.get(segment);
    if (draft === undefined) {
      draft = new SidecarDraft();
      this.#drafts.set(segment, draft);
    }
    return draft;
  }

  /** Begins to write the sidecar of a segment that has one drafted. A failure costs the next start some reading. */
  close(segment: Segment): void {
    const draft = this.#drafts.get(segment);
    this.#drafts.delete(segment);
    if (draft === undefined) return;
    this.#writing = this.#writing
      .then(() => draft.write(this.#files, segment))
      .catch((error: unknown) =>
        this.#log.warn('A sidecar could not be written; the next start reads the segment', {
          reason: String(error),
        }),
      );
  }

  closeAll(): void {
    for (const segment of this.#drafts.keys()) this.close(segment);
  }

  /** Resolves when nothing is being written. */
  written(): Promise<void> {
    return this.#writing;
  }

  read(segment: Segment): Promise<Sidecar | undefined> {
    return readSidecar(this.#files, segment.path);
  }

  async remove(segment: Segment): Promise<void> {
    await this.#files.unlink(sidecarPath(segment.path));
  }

  /** Removes those in `folder` whose segments are gone. */
  async removeOrphans(folder: string, segments: readonly Segment[]): Promise<void> {
    const kept = new Set(segments.map(({ path }) => sidecarPath(path)));
    for (const name of await this.#files.list(folder)) {
      const path = join(folder, name);
      if (name.endsWith('.ids') && !kept.has(path)) await this.#files.unlink(path);
    }
  }
}
