/**
 * A sender that behaves as Otoroshi's Elasticsearch exporter was seen to: it holds so many events and drops the oldest
 * beyond, sends batches over several connections, waits 20 s for an answer, takes every answer as final, and sends a
 * batch again, byte for byte and tens of times a second, when its connection is refused or breaks. Or one that behaves
 * as most log shippers do: it sends again with growing pauses after 429 and 5xx too, and gives up on 4xx.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type SenderKind = 'otoroshi' | 'shipper';

export interface SenderOptions {
  readonly kind: SenderKind;
  /** Where the Elasticsearch stand-in is, such as `http://127.0.0.1:4900/es`. */
  readonly url: string;
  readonly token: string;
  /** Events held, those under way included. */
  readonly bufferSize: number;
  readonly groupSize: number;
  /** Requests under way at once. */
  readonly workers: number;
}

export interface SentEvent {
  readonly id: string;
  /** One line of JSON without its line feed. */
  readonly line: string;
}

export interface SenderFigures {
  offered: number;
  acknowledged: number;
  /** Dropped by itself because its buffer was full. */
  dropped: number;
  /** Given up because of an answer, by status; `errors` stands for 200 with `errors: true`. */
  readonly givenUp: Record<string, number>;
  /** Attempts that were repeated, by what came of the one before. */
  readonly again: Record<string, number>;
  /** Milliseconds from a batch's first attempt to its acknowledgement: the longest. */
  longest: number;
  /** Events held: the most. */
  most: number;
}

interface Batch {
  readonly events: readonly SentEvent[];
  readonly body: string;
  readonly began: number;
  tries: number;
}

/** Milliseconds for which an answer is waited for. */
const patience = 20_000;
const userAgents: Readonly<Record<SenderKind, string>> = {
  otoroshi: 'Otoroshi-ahc',
  shipper: 'Elastic-filebeat/8.19.0 (linux; amd64)',
};

export class TestSender {
  readonly figures: SenderFigures = {
    offered: 0,
    acknowledged: 0,
    dropped: 0,
    givenUp: {},
    again: {},
    longest: 0,
    most: 0,
  };
  /** Of what was neither dropped nor is under way any more; each must be in the store once. */
  readonly acknowledged = new Set<string>();
  /** Of what its own buffer had no room for. */
  readonly dropped = new Set<string>();
  readonly #options: SenderOptions;
  readonly #agent: Agent;
  readonly #queue: SentEvent[] = [];
  #held = 0;
  #workers = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.workers });
  }

  get held(): number {
    return this.#held;
  }

  offer(event: SentEvent): void {
    const { figures } = this;
    figures.offered += 1;
    this.#queue.push(event);
    this.#held += 1;
    if (this.#held > this.#options.bufferSize) {
      const oldest = this.#queue.shift() as SentEvent;
      this.#held -= 1;
      figures.dropped += 1;
      this.dropped.add(oldest.id);
    }
    figures.most = Math.max(figures.most, this.#held);
    if (this.#workers < this.#options.workers) void this.#work();
  }

  /** Resolves when nothing is held any more. */
  async idle(): Promise<void> {
    while (this.#held > 0) await sleep(20);
    this.#agent.destroy();
  }

  async #work(): Promise<void> {
    this.#workers += 1;
    // As an exporter with a group duration: what comes within a moment goes together.
    await sleep(100);
    while (this.#queue.length > 0) {
      const events = this.#queue.splice(0, this.#options.groupSize);
      const body = `${events.map(({ line }) => `{"index":{"_index":"otoroshi-events-2026-11-21"}}\n${line}`).join('\n')}\n\n`;
      await this.#deliver({ events, body, began: Date.now(), tries: 0 });
      this.#held -= events.length;
    }
    this.#workers -= 1;
  }

  /** Sends until it is over with this batch. */
  async #deliver(batch: Batch): Promise<void> {
    const { figures } = this;
    const { kind } = this.#options;
    for (;;) {
      const { status, body } = await this.#post(batch.body);
      if (status === 200 && body.includes('"errors":false')) {
        figures.acknowledged += batch.events.length;
        figures.longest = Math.max(figures.longest, Date.now() - batch.began);
        for (const { id } of batch.events) this.acknowledged.add(id);
        return;
      }
      const temporary =
        typeof status === 'string' || (kind === 'shipper' && (status === 429 || status >= 500));
      if (!temporary) {
        const why = status === 200 ? 'errors' : String(status);
        figures.givenUp[why] = (figures.givenUp[why] ?? 0) + batch.events.length;
        return;
      }
      figures.again[status] = (figures.again[status] ?? 0) + 1;
      await sleep(kind === 'otoroshi' ? 30 : Math.min(2_000, 100 * 2 ** batch.tries));
      batch.tries += 1;
    }
  }

  /** The status and body of the answer, or the code of what broke. */
  #post(body: string): Promise<{ status: number | string; body: string }> {
    const { url, token, kind } = this.#options;
    return new Promise((resolve) => {
      const broken = (error: NodeJS.ErrnoException): void =>
        resolve({ status: error.code ?? error.name, body: '' });
      const sending = request(`${url}/_bulk`, {
        method: 'POST',
        agent: this.#agent,
        signal: AbortSignal.timeout(patience),
        headers: {
          authorization: `Basic ${Buffer.from(`any:${token}`).toString('base64')}`,
          'content-type': 'application/x-ndjson',
          'user-agent': userAgents[kind],
        },
      });
      sending.on('error', broken);
      sending.on('response', async (response) => {
        try {
          const pieces: Buffer[] = [];
          for await (const piece of response) pieces.push(piece as Buffer);
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() });
        } catch (error) {
          broken(error as NodeJS.ErrnoException);
        }
      });
      sending.end(body);
    });
  }
}
