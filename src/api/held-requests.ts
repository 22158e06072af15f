/**
 * Requests to the ways in that come before events can be taken. They are held, and their bodies are not read: the
 * sender waits for an answer anyway, and gets the true one. What waits too long, or is one too many, is turned away.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

export interface Holding {
  /** Requests held at once. Each costs a connection and what the kernel and Node.js read ahead, some 100 KB at most. */
  readonly most: number;
  /** Milliseconds; below the patience of every sender whose patience is known to be 20 s or more. */
  readonly patience: number;
}

export const usualHolding: Holding = { most: 256, patience: 15_000 };

interface Held {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export class HeldRequests {
  readonly #holding: Holding;
  readonly #turnAway: RequestListener;
  readonly #held = new Set<Held>();

  /** `turnAway` gets what can be held no longer. */
  constructor(holding: Holding, turnAway: RequestListener) {
    this.#holding = holding;
    this.#turnAway = turnAway;
  }

  hold(request: IncomingMessage, response: ServerResponse): void {
    if (this.#held.size >= this.#holding.most) {
      this.#turnAway(request, response);
      return;
    }
    const held = { request, response };
    this.#held.add(held);
    const late = setTimeout(() => {
      if (this.#held.delete(held)) this.#turnAway(request, response);
    }, this.#holding.patience);
    response.once('close', () => {
      clearTimeout(late);
      this.#held.delete(held);
    });
  }

  /** Hands all that are held to `to`, the oldest first. */
  release(to: RequestListener): void {
    const all = [...this.#held];
    this.#held.clear();
    for (const { request, response } of all) to(request, response);
  }
}
