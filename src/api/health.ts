/** `/livez`, `/readyz` and `/metrics`: what orchestrators and Prometheus ask. */
import Type from 'typebox';
import { seesInstallation } from '../access/allows.ts';
import { ApiError } from '../access/api-error.ts';
import type { GuardedRoute, PublicRoute, Route } from '../access/route.ts';
import { seriesOf } from './installation-figures.ts';

/** A part that must work before traffic is sent here. */
export interface ReadinessCheck {
  /** Such as `engine`. */
  readonly name: string;
  /** Undefined when it works; otherwise why not, in words that may be public. */
  readonly check: () => Promise<string | undefined>;
}

export interface HealthParts {
  readonly checks: readonly ReadinessCheck[];
  /** All series in the Prometheus text format. */
  readonly metrics: () => Promise<string>;
  /** Milliseconds that a check may take before it counts as failed; 2 s unless a test says otherwise. */
  readonly patience?: number;
}

const livez: PublicRoute = {
  method: 'GET',
  url: '/livez',
  doc: 'Whether the process answers at all. When not: restart it.',
  tag: 'health',
  access: { public: 'orchestrators ask without credentials, and the answer is one word.' },
  schema: { response: { 200: Type.Object({ status: Type.Literal('live') }) } },
  handle: async () => ({ status: 'live' }),
};

async function within(patience: number, { name, check }: ReadinessCheck) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('does not answer'), patience);
  });
  const reason = await Promise.race([check().catch(() => 'the check itself failed'), late]);
  clearTimeout(timer);
  return { name, reason };
}

const readyz = (checks: readonly ReadinessCheck[], patience: number): PublicRoute => ({
  method: 'GET',
  url: '/readyz',
  doc: 'Whether it takes events and answers questions now; 503 with the reasons while it recovers or a part is down.',
  tag: 'health',
  access: { public: 'load balancers ask without credentials, and the answer names parts, not data.' },
  schema: { response: { 200: Type.Object({ status: Type.Literal('ready') }) } },
  async handle() {
    const results = await Promise.all(checks.map((check) => within(patience, check)));
    const errors = results.flatMap(({ name, reason }) =>
      reason === undefined ? [] : [{ path: name, reason }],
    );
    if (errors.length === 0) return { status: 'ready' };
    const why = errors.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
    throw new ApiError(503, 'Not ready', why, { errors, retryAfter: 1 });
  },
});

const metricsRoute = (metrics: () => Promise<string>): GuardedRoute => ({
  method: 'GET',
  url: '/metrics',
  doc: 'Counters and gauges in the Prometheus text format: of the tenant, or with the scope installation of all of it.',
  tag: 'health',
  access: { scope: 'read', or: 'installation' },
  produces: 'text/plain',
  schema: { response: { 200: Type.String() } },
  async handle({ principal, reply }) {
    reply.type('text/plain; version=0.0.4; charset=utf-8');
    const text = await metrics();
    return reply.send(seesInstallation(principal) ? text : seriesOf(principal.tenant, text));
  },
});

export const healthRoutes = ({ checks, metrics, patience = 2_000 }: HealthParts): Route[] => [
  livez,
  readyz(checks, patience),
  metricsRoute(metrics),
];
