/** A queue that nobody can fill against the others: the tenants take turns, and each has its own order of coming. */
export class FairQueue<T> {
  /** The tenant whose turn is next comes first. */
  readonly #lines = new Map<string, T[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(tenant: string, item: T): void {
    this.#length += 1;
    const line = this.#lines.get(tenant);
    if (line === undefined) this.#lines.set(tenant, [item]);
    else line.push(item);
  }

  /** The next; undefined when there is none. */
  shift(): T | undefined {
    for (const [tenant, line] of this.#lines) {
      this.#length -= 1;
      this.#lines.delete(tenant);
      const item = line.shift();
      if (line.length > 0) this.#lines.set(tenant, line);
      return item;
    }
    return undefined;
  }
}
