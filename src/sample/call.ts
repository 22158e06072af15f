/** One request through a gateway, before any gateway has written it down. Times in milliseconds, sizes in bytes. */
import { createZipf, type Random } from './random.ts';
import { type Consumer, consumers, type Refusal, type Route, refusals, routes } from './world.ts';

export interface Call {
  /** End of the call, milliseconds since 1970. */
  readonly time: number;
  readonly route: Route;
  readonly consumer: Consumer;
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  /** Total, backend and gateway; the backend's is undefined when it was not reached. */
  readonly duration: number;
  readonly backend: number | undefined;
  readonly overhead: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly refusal: Refusal | undefined;
  readonly node: number;
  readonly requestId: string;
  /** Tells calls of one millisecond apart. */
  readonly sequence: number;
}

const drawRoute = createZipf(routes.length, 1.1);
const drawConsumer = createZipf(consumers.length, 1.05);
const drawRefusal = createZipf(refusals.length, 0.7);

/**
 * A share of the busiest minute, by time of day: nights are quiet, lunch and evening are busy.
 * @param time milliseconds since 1970
 */
export function dailyCurve(time: number): number {
  const hour = (time / 3_600_000) % 24;
  const wave = 0.55 - 0.4 * Math.cos(((hour - 3) / 24) * 2 * Math.PI);
  const evening = 0.25 * Math.exp(-(((hour - 19.5) / 2) ** 2));
  return Math.min(1, wave + evening);
}

/** Draws the call number `sequence`, ending at `time`; between 1 and 5 % are refused, over all reasons. */
export function drawCall(random: Random, time: number, sequence: number): Call {
  const route = routes[drawRoute(random)] as Route;
  const consumer = consumers[drawConsumer(random)] as Consumer;
  const method = random.pick(route.methods);
  const path = route.path.replace('{id}', String(1000 + random.below(9000)));
  const uri = route.path.endsWith('search')
    ? `${path}?q=item${random.below(500)}&page=${random.below(9)}`
    : path;
  const refusal = random.chance(0.03) ? refusals[drawRefusal(random)] : undefined;
  const overhead = Math.max(1, Math.round(random.around(4, 0.6)));
  const common = {
    time,
    sequence,
    route,
    consumer,
    method,
    uri,
    node: random.below(3),
    requestId: random.hex(16),
  };
  if (refusal !== undefined) {
    return {
      ...common,
      status: refusal.status,
      duration: 0,
      backend: undefined,
      overhead: 0,
      bytesIn: 0,
      bytesOut: 0,
      refusal,
    };
  }
  const backend = Math.max(1, Math.round(random.around(route.backend, 0.5)));
  const writes = method === 'POST' || method === 'PUT';
  return {
    ...common,
    status: drawStatus(random, method),
    duration: backend + overhead + random.below(4),
    backend,
    overhead,
    bytesIn: writes ? Math.round(random.around(900, 0.8)) : 0,
    bytesOut: Math.round(random.around(route.size, 0.7)),
    refusal,
  };
}

/** The status by which gateways but Otoroshi, which knows a 400, refuse who does not say who it is. */
export const statusOf = ({ refusal, status }: Call): number =>
  refusal?.reason === 'invalidCredentials' ? 401 : status;

/** Whether the gateway refused before it knew who called. */
export const isAnonymous = ({ refusal }: Call): boolean =>
  refusal?.reason === 'invalidCredentials' || refusal?.reason === 'ipRestriction';

function drawStatus(random: Random, method: string): number {
  const luck = random.next();
  if (luck < 0.004) return 500;
  if (luck < 0.007) return 503;
  if (luck < 0.009) return 504;
  if (luck < 0.03) return 404;
  if (luck < 0.035) return 422;
  if (method === 'POST') return 201;
  return method === 'DELETE' ? 204 : 200;
}
