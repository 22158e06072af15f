/** The questions of the dashboards and of the search, timed one after another. */
import { atRank } from './rank.ts';
import { api, type ServerProcess } from './server.ts';

export interface QueryFigure {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
}

const rounds = 40;

/** @param to end of the data, milliseconds since 1970; it spans 24 hours before */
export async function measureQueries(server: ServerProcess, to: number): Promise<QueryFigure[]> {
  const day = { from: to - 24 * 3_600_000, to, timezone: 'Europe/Berlin' };
  const query = (more: object) => () => api(server, '/api/query', { ...day, ...more });
  const events = (filter: string) => () =>
    api(server, `/api/events?from=${day.from}&to=${day.to}&limit=100&filter=${encodeURIComponent(filter)}`);
  const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'dashboard: requests, errors, denied by 10 minutes',
      query({ measures: ['requests', 'errors', 'denied'], granularity: '15 minutes' }),
    ],
    [
      'dashboard: count by outcome by hour',
      query({ measures: ['count'], by: ['outcome'], granularity: 'hour' }),
    ],
    [
      'dashboard: duration p50, p95, p99 by hour',
      query({ measures: ['duration.p50', 'duration.p95', 'duration.p99'], granularity: 'hour' }),
    ],
    [
      'dashboard: top 10 routes with others',
      query({ measures: ['requests', 'errorRate'], by: ['route'], limit: 10, others: true }),
    ],
    [
      'dashboard: top 10 consumers with others',
      query({ measures: ['requests', 'bytesOut'], by: ['consumer'], limit: 10, others: true }),
    ],
    [
      'dashboard: totals against the day before',
      query({ measures: ['requests', 'errorRate', 'uniqueConsumers'], compare: 'previous' }),
    ],
    ['newest 100', events('')],
    ['newest 100 with status:>=500', events('status:>=500')],
    ['newest 100 of one rare consumer', events('consumer:partner-299')],
    ['newest 100 with free text', events('refund')],
    ['newest 100 that match nothing', events('status:418')],
  ];
  const figures: QueryFigure[] = [];
  for (const [name, ask] of questions) {
    await ask();
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      await ask();
      times.push(performance.now() - started);
    }
    times.sort((left, right) => left - right);
    figures.push({ name, p50: atRank(times, 0.5), p95: atRank(times, 0.95) });
  }
  return figures;
}
