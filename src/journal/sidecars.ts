/** The sidecars of a journal: drafted while a segment grows, written when it is closed, removed with it. */
import { join } from 'node:path';
import type { Log } from '../core/ports.ts';
import type { JournalFiles } from './files.ts';
import type { Segment } from './segment.ts';
import { readSidecar, type Sidecar, SidecarDraft, sidecarPath } from './sidecar.ts';
import type { TallyJson } from './tally.ts';

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

  /** What is known of a segment that is still being written. */
  drafted(segment: Segment): TallyJson | undefined {
    return this.#drafts.get(segment)?.tally.toJSON();
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

  /** Those in `folder` whose segments are gone, in order; undefined for one that is not whole. */
  async orphans(
    folder: string,
    segments: readonly Segment[],
  ): Promise<readonly { readonly path: string; readonly sidecar: Sidecar | undefined }[]> {
    const kept = new Set(segments.map(({ path }) => sidecarPath(path)));
    const paths = (await this.#files.list(folder))
      .filter((name) => name.endsWith('.ids'))
      .map((name) => join(folder, name))
      .filter((path) => !kept.has(path))
      .toSorted();
    const found = [];
    for (const path of paths) found.push({ path, sidecar: await readSidecar(this.#files, path) });
    return found;
  }

  async removeOrphan(path: string): Promise<void> {
    await this.#files.unlink(path);
  }
}
