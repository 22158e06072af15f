/** Sends one piece until the server has it: again when the network or the server fails, with the same key each time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IngestAnswer } from '../core/frame.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { type Client, failureOf } from './client.ts';
import { type CliContext, exit, type Failure } from './context.ts';
import type { Piece } from './pieces.ts';

export interface Retrying {
  /** Microseconds after which it gives up. */
  readonly patience: number;
  /** Milliseconds before the second try; doubled each time. */
  readonly firstPause: number;
}

const longestPause = 30_000;
const passing = new Set([408, 429, 502, 503, 504]);

const retryAfter = (response: Response): number => {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? seconds * 1e3 : 0;
};

/**
 * The same `key` with the same records makes no record twice, so an answer that was lost may be asked for again.
 */
export async function sendPiece(
  context: CliContext,
  client: Client,
  sent: { readonly path: string; readonly piece: Piece; readonly key: string },
  { patience, firstPause }: Retrying,
): Promise<Result<IngestAnswer, Failure>> {
  const { clock, stopping, stderr } = context;
  const until = clock() + patience;
  const { piece } = sent;
  for (let tries = 0; ; tries++) {
    const answer = await client.call({
      method: 'POST',
      path: sent.path,
      body: piece.bytes,
      headers: { 'content-type': piece.contentType, 'idempotency-key': sent.key },
      signal: stopping,
    });
    if (stopping.aborted) return fail({ code: exit.failed, message: 'Stopped.' });
    if (answer.ok && answer.value.ok) return ok((await answer.value.json()) as IngestAnswer);
    if (answer.ok && !passing.has(answer.value.status)) return fail(await failureOf(answer.value));
    const failure = answer.ok ? await failureOf(answer.value) : answer.error;
    const asked = answer.ok ? retryAfter(answer.value) : 0;
    // Spread out, so that many senders do not come back together.
    const pause = Math.max(
      asked,
      Math.min(longestPause, firstPause * 2 ** tries) * (0.75 + Math.random() / 2),
    );
    if (clock() + pause * 1e3 > until) return fail(failure);
    if (tries === 0) stderr.write(`${failure.message}\nTrying again …\n`);
    await sleep(pause, undefined, { signal: stopping }).catch(() => undefined);
  }
}
