/** How a reading route asks the store: what the asker may see, and until when the answer is wanted. */
import type { FastifyReply } from 'fastify';
import { seesInstallation } from '../access/allows.ts';
import type { Principal } from '../access/route.ts';
import { seesPersonal } from './admission.ts';

export interface Sight {
  readonly unmasked: boolean;
  readonly positions: boolean;
  /** Aborts when the connection closes before the answer is out: the engine then stops. */
  readonly signal: AbortSignal;
}

export function sightOf(principal: Principal, reply: FastifyReply): Sight {
  const gone = new AbortController();
  const response = reply.raw;
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return { unmasked: seesPersonal(principal), positions: seesInstallation(principal), signal: gone.signal };
}
