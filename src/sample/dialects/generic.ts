/** What a program of one's own sends, in a form that no vocabulary knows: the shop's deployments and its till. */
import type { Call } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt } from '../ids.ts';
import { routes } from '../world.ts';

function sale({ time, consumer, route, requestId, node, bytesOut }: Call): string {
  return JSON.stringify({
    time: new Date(time).toISOString(),
    service: route.service,
    consumer: consumer.name,
    action: 'sale',
    message: `till ${node + 1} sold for ${(bytesOut / 100).toFixed(2)} EUR`,
    requestId: uuidAt(time, requestId),
    till: `till-${node + 1}`,
    amount: Math.round(bytesOut / 100),
  });
}

export const generic: Dialect = {
  vocabulary: 'generic',
  share: 0.02,
  call: (call) => [sale(call)],
  around: (random, time) => {
    const { service } = random.pick(routes);
    const version = `3.${random.below(40)}.${random.below(9)}`;
    return [
      JSON.stringify({
        time: new Date(time).toISOString(),
        service,
        action: 'deployment',
        message: `${service} ${version} is live`,
        version,
        by: 'ci',
      }),
    ];
  },
};
