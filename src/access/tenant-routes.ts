/** The tenants, for those who run Gatescope. */
import Type, { type Static } from 'typebox';
import { ApiError } from './api-error.ts';
import type { GuardedRoute, Principal } from './route.ts';
import { defaultTenant, TenantName, type Tenants } from './tenants.ts';
import { actorOf } from './token-routes.ts';

const ApiTenant = Type.Object({
  name: TenantName,
  created: Type.Optional(Type.String({ format: 'date-time' })),
});
const Named = Type.Object({ name: TenantName });

const apiTenant = ({ name, created }: { name: string; created: number }): Static<typeof ApiTenant> => ({
  name,
  ...(created === 0 ? {} : { created: new Date(created / 1e3).toISOString() }),
});

function refuseOthers({ tenant }: Principal): void {
  if (tenant !== defaultTenant)
    throw new ApiError(403, 'Not from this tenant', 'Tenants are made and removed from the default tenant.');
}

export function tenantRoutes(parts: {
  readonly tenants: Tenants;
  /** Removes the events of a tenant that has gone; its name may then be given again. */
  readonly removeEvents: (tenant: string) => Promise<void>;
}): GuardedRoute[] {
  const { tenants, removeEvents } = parts;
  return [
    {
      method: 'GET',
      url: '/api/tenants',
      doc: 'Every tenant for admins of the default tenant, their own for others.',
      tag: 'access',
      access: { scope: 'admin' },
      schema: { response: { 200: Type.Object({ tenants: Type.Array(ApiTenant) }) } },
      async handle({ principal }) {
        const all = await tenants.list();
        const seen =
          principal.tenant === defaultTenant ? all : all.filter(({ name }) => name === principal.tenant);
        return { tenants: seen.map(apiTenant) };
      },
    },
    {
      method: 'POST',
      url: '/api/tenants',
      doc: 'Makes a tenant.',
      tag: 'access',
      access: { scope: 'admin' },
      schema: { body: Named, response: { 201: ApiTenant } },
      async handle({ principal, request, reply }) {
        refuseOthers(principal);
        const { name } = request.body as Static<typeof Named>;
        const made = await tenants.create(name, actorOf(principal, request));
        if (!made.ok)
          throw new ApiError(409, 'Taken', `There is a tenant ${name} already; choose another name.`);
        reply.code(201);
        return apiTenant(made.value);
      },
    },
    {
      method: 'DELETE',
      url: '/api/tenants/:name',
      doc: 'Removes a tenant with its users, tokens and events.',
      tag: 'access',
      access: { scope: 'admin' },
      schema: { params: Named },
      async handle({ principal, request, reply }) {
        refuseOthers(principal);
        const { name } = request.params as Static<typeof Named>;
        const removed = await tenants.remove(name, actorOf(principal, request));
        if (!removed.ok && removed.error === 'default')
          throw new ApiError(409, 'The default tenant stays', 'It is the tenant of those who run Gatescope.');
        if (!removed.ok)
          throw new ApiError(404, 'No such tenant', 'GET /api/tenants lists the tenants there are.');
        await removeEvents(name);
        return reply.code(204).send();
      },
    },
  ];
}
