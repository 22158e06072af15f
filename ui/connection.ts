/**
 * Whether the server can be reached, said once for the whole page. Every call and stream reports here; while the
 * connection is lost a probe asks until it is back, then everything on the page is asked for again.
 */
export interface Connection {
  readonly lost: boolean;
  /** A call reached the server, whatever it answered. */
  reached(): void;
  /** A call did not reach the server. */
  missed(): void;
  /** Hears every change; returns the way to stop hearing. */
  subscribe(hear: () => void): () => void;
}

/** `probe` resolves to whether the server answers; it is asked every `interval` milliseconds while the connection is lost. */
export function createConnection(probe: () => Promise<boolean>, interval = 2000): Connection {
  const listeners = new Set<() => void>();
  let lost = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const change = (next: boolean) => {
    if (lost === next) return;
    lost = next;
    clearTimeout(timer);
    if (lost) timer = setTimeout(ask, interval);
    for (const hear of listeners) hear();
  };
  const ask = async () => {
    if (await probe().catch(() => false)) change(false);
    else if (lost) timer = setTimeout(ask, interval);
  };

  return {
    get lost() {
      return lost;
    },
    reached: () => change(false),
    missed: () => change(true),
    subscribe(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
  };
}
