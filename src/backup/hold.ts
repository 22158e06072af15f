/** What must not happen while a backup is made: files are deleted, or a tenant is half removed. */

export class Hold {
  #held = false;
  readonly #working = new Set<Promise<unknown>>();

  /** Does the work, unless it is held off: then it is left out, for the next time that it is due. */
  async unlessHeld(work: () => Promise<unknown>): Promise<void> {
    if (!this.#held) await this.first(work);
  }

  /** Does the work in any case; a hold that is asked for meanwhile waits for its end. */
  async first<T>(work: () => Promise<T>): Promise<T> {
    const working = work();
    this.#working.add(working);
    try {
      return await working;
    } finally {
      this.#working.delete(working);
    }
  }

  /**
   * Resolves when none of that work runs; what can be left out does not begin until the returned function is called.
   * Rejects with the reason of `signal`.
   */
  async hold(signal: AbortSignal): Promise<() => void> {
    this.#held = true;
    const release = (): void => {
      this.#held = false;
    };
    const aborted = Promise.withResolvers<void>();
    const abort = (): void => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([Promise.allSettled(this.#working), aborted.promise]);
      signal.throwIfAborted();
      return release;
    } catch (error) {
      release();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
