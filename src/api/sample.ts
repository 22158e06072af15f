/** `/api/sample`: the sample traffic, in a tenant of its own: whether it runs, start it, remove all of it. */
import Type from 'typebox';
import { seesInstallation } from '../access/allows.ts';
import type { GuardedRoute } from '../access/route.ts';
import { type Sample, sampleTenant } from '../sample/sample.ts';
import { parametersOf } from './parameters.ts';

const status = Type.Object({
  running: Type.Boolean(),
  tenant: Type.String({ description: 'Tenant that holds the sample traffic.' }),
  filling: Type.Boolean({ description: 'The last hours are still being filled in behind the live traffic.' }),
  sent: Type.Optional(
    Type.Integer({ description: 'Events sent since this server started. Needs the scope installation.' }),
  ),
});
const common = { url: '/api/sample', tag: 'sample' } as const;

export const sampleRoutes = (sample: Pick<Sample, 'status' | 'start' | 'remove'>): GuardedRoute[] => [
  {
    ...common,
    method: 'GET',
    doc: 'Whether sample traffic runs.',
    access: { scope: 'read' },
    schema: { querystring: parametersOf({}), response: { 200: status } },
    async handle({ principal }) {
      const { sent, ...state } = sample.status();
      return { ...state, tenant: sampleTenant, ...(seesInstallation(principal) ? { sent } : {}) };
    },
  },
  {
    ...common,
    method: 'POST',
    doc: 'Start sample traffic: live at once, the last hours behind it, newest first. It reaches no exporter.',
    access: { scope: 'admin' },
    schema: { querystring: parametersOf({}), response: { 200: status } },
    handle: async () => ({ ...(await sample.start()), tenant: sampleTenant }),
  },
  {
    ...common,
    method: 'DELETE',
    doc: 'Stop sample traffic and remove every event of it.',
    access: { scope: 'admin' },
    schema: { querystring: parametersOf({}), response: { 200: Type.Object({ removed: Type.Integer() }) } },
    handle: () => sample.remove(),
  },
];
