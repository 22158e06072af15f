/**
 * Server-sent events, one connection a browser: of all tabs that want the same stream the one that holds its lock
 * listens to the server and tells the others. A hidden tab wants nothing.
 *
 * Sources: Web Locks API, Broadcast Channel API (W3C, WHATWG HTML).
 */
import type { Connection } from './connection.ts';

export interface StreamMessage {
  readonly event: string;
  readonly data: string;
}

export interface StreamOptions {
  readonly url: string;
  /** Names of the events to hear. */
  readonly events: readonly string[];
  readonly connection: Connection;
  readonly hear: (message: StreamMessage) => void;
}

// A closed stream is opened again after this many milliseconds, twice as many each time.
const firstPause = 1000;
const longestPause = 30_000;

/** Listens to the server until `signal` aborts. */
function listen({ url, events, connection, hear }: StreamOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout>;
    let pause = firstPause;
    const open = () => {
      source = new EventSource(url);
      source.onopen = () => {
        pause = firstPause;
        connection.reached();
      };
      source.onerror = () => {
        // Still connecting: the server went away. Closed: it refused, which a call will explain better.
        if (source.readyState === EventSource.CONNECTING) connection.missed();
        if (source.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(open, pause);
        pause = Math.min(pause * 2, longestPause);
      };
      for (const event of events) {
        source.addEventListener(event, (message) => {
          if (message instanceof MessageEvent) hear({ event, data: String(message.data) });
        });
      }
    };
    open();
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      source.close();
      resolve();
    });
  });
}

/** Takes part in the stream until `signal` aborts: listens, or is told by the tab that does. */
function share(options: StreamOptions, signal: AbortSignal): void {
  const name = `gatescope:${options.url}`;
  const channel = new BroadcastChannel(name);
  channel.onmessage = (message: MessageEvent<StreamMessage>) => options.hear(message.data);
  signal.addEventListener('abort', () => channel.close());
  const lead = () =>
    listen(
      {
        ...options,
        hear(message) {
          if (signal.aborted) return;
          channel.postMessage(message);
          options.hear(message);
        },
      },
      signal,
    );
  // Without locks (a page over plain HTTP that is not on this machine) each tab listens for itself.
  if (navigator.locks === undefined) void lead();
  else navigator.locks.request(name, { signal }, lead).catch(() => undefined);
}

/** Opens a stream for as long as the tab is visible; returns the way to close it. */
export function openStream(options: StreamOptions): () => void {
  let current: AbortController | undefined;
  const follow = () => {
    if (document.visibilityState === 'hidden') {
      current?.abort();
      current = undefined;
    } else if (current === undefined) {
      current = new AbortController();
      share(options, current.signal);
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    current?.abort();
  };
}
