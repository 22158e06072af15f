/** `POST /api/query`: any question as data, answered by a frame. */
import type { GuardedRoute } from '../access/route.ts';
import { Frame } from '../core/frame.ts';
import { Query } from '../core/query.ts';
import { seesPersonal } from './admission.ts';
import { parametersOf } from './parameters.ts';
import { answerOrRefuse } from './query-problems.ts';
import { type Reader, whileListening } from './reader.ts';

export const queryRoute = (reader: Pick<Reader, 'query'>): GuardedRoute => ({
  method: 'POST',
  url: '/api/query',
  doc: 'Measures over a range of time, by dimensions and buckets of time, with totals, others and a comparison.',
  tag: 'query',
  access: { scope: 'read' },
  schema: { querystring: parametersOf({}), body: Query, response: { 200: Frame } },
  async handle({ principal, request, reply }) {
    const sight = { unmasked: seesPersonal(principal), signal: whileListening(reply) };
    return answerOrRefuse(await reader.query(principal.tenant, request.body as Query, sight));
  },
});
