/** Keeps what deletes files from running while a backup links or copies them. */

export class Hold {
  #held = false;
  readonly #working = new Set<Promise<unknown>>();

  /** Does the work, unless it is held off: then it is left out, for the next time that it is due. */
  async unlessHeld(work: () => Promise<unknown>): Promise<void> {
    if (this.#held) return;
    const working = work();
    this.#working.add(working);
    try {
      await working;
    } finally {
      this.#working.delete(working);
    }
  }

  /** Resolves when none of that work runs, and none begins until the returned function is called. */
  async hold(): Promise<() => void> {
    this.#held = true;
    await Promise.allSettled(this.#working);
    return () => {
      this.#held = false;
    };
  }
}
