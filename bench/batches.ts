/** Batches of realistic records for the oracle, each with a mark by which it is found again. */
import { drawCall } from '../src/sample/call.ts';
import { nginxLine } from '../src/sample/dialects/nginx.ts';
import { gatewayEvent } from '../src/sample/dialects/otoroshi.ts';
import { aroundEvent } from '../src/sample/dialects/otoroshi-around.ts';
import type { createRandom } from '../src/sample/random.ts';
import { adminToken, type ServerProcess } from './server.ts';

/** What the producer knows of a record: the bytes, and whether it was acknowledged. */
export interface Sent {
  readonly raw: string;
  readonly hasId: boolean;
  acknowledged: boolean;
}

export interface Batch {
  readonly marks: readonly string[];
  readonly body: string;
  readonly path: string;
  /** Records without an identity of their own need it to be sent again safely. */
  readonly key: string;
}

export interface Batches {
  /** All records that were made, by their marks. */
  readonly sent: Map<string, Sent>;
  /** Otoroshi events (native ids), or NGINX lines (none); what a secret would change is left out. */
  next(most?: number): Batch;
}

const secret = /,?\{"key":"Authorization","value":"[^"]*"\}/;

export function createBatches(random: ReturnType<typeof createRandom>, name: string): Batches {
  const sent = new Map<string, Sent>();
  let sequence = 0;
  return {
    sent,
    next(most = 200) {
      const count = 1 + random.below(random.chance(0.1) ? most * 10 : most);
      const native = random.chance(0.6);
      const marks: string[] = [];
      const lines: string[] = [];
      // One without records would be refused for ever.
      while (lines.length < count) {
        sequence += 1;
        const time = Date.now() - random.below(random.chance(0.02) ? 5 * 86_400_000 : 60_000);
        const call = drawCall(random, time, sequence);
        const around = native && random.chance(0.02);
        const line = native
          ? around
            ? aroundEvent(random, time, sequence)
            : gatewayEvent(call, random.chance(0.1)).replace(secret, '')
          : nginxLine(call);
        if (line.includes('ecret"')) continue;
        const mark = native
          ? (JSON.parse(line) as { '@id': string })['@id']
          : `${call.requestId}${call.requestId}`;
        marks.push(mark);
        lines.push(line);
        sent.set(mark, { raw: line, hasId: native, acknowledged: false });
      }
      return {
        marks,
        body: lines.join('\n'),
        path: native ? '/ingest' : '/ingest/nginx',
        key: `batch-${name}-${sequence}`,
      };
    },
  };
}

/**
 * The number of duplicates that the server recognised once it has said that the batch is durable; undefined when it has
 * not. Throws when a good record was quarantined.
 */
export async function send(server: ServerProcess, batch: Batch): Promise<number | undefined> {
  let text: string;
  try {
    const answer = await fetch(`${server.url}${batch.path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${adminToken}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': batch.key,
      },
      body: batch.body,
      signal: AbortSignal.timeout(20_000),
    });
    text = await answer.text();
    if (answer.status !== 200) return undefined;
  } catch {
    return undefined;
  }
  const { quarantined, duplicates } = JSON.parse(text) as { quarantined: number; duplicates: number };
  if (quarantined > 0) throw new Error(`a good record was quarantined: ${text.slice(0, 500)}`);
  return duplicates;
}
