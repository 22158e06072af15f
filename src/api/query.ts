/** `POST /api/query`: any question as data, answered by a frame. */
import type { GuardedRoute } from '../access/route.ts';
import { Frame } from '../core/frame.ts';
import { Query } from '../core/query.ts';
import type { Reader } from '../store/read.ts';
import { parametersOf } from './parameters.ts';
import { answerOrRefuse } from './query-problems.ts';
import { sightOf } from './sight.ts';

export const queryRoute = (reader: Pick<Reader, 'query'>): GuardedRoute => ({
  method: 'POST',
  url: '/api/query',
  doc: 'Measures over a range of time, by dimensions and buckets of time, with totals, others and a comparison.',
  tag: 'query',
  access: { scope: 'read' },
  schema: { querystring: parametersOf({}), body: Query, response: { 200: Frame } },
  async handle({ principal, request, reply }) {
    const asked = request.body as Query;
    return answerOrRefuse(await reader.query(principal.tenant, asked, sightOf(principal, reply)));
  },
});
