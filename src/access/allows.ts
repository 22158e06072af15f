/** What a scope lets its holder do. */
import type { Principal, Scope, ScopeAccess } from './route.ts';
import { defaultTenant } from './tenants.ts';

/**
 * `admin` holds every other scope, `read:raw` holds `read`. A session never ingests: the tenant of an event comes
 * from a token only. Outside the default tenant nobody holds `installation`.
 */
export function allows({ kind, scopes, tenant }: Principal, scope: Scope): boolean {
  if (scope === 'ingest' && kind === 'session') return false;
  if (scope === 'installation' && tenant !== defaultTenant) return false;
  return (
    scopes.includes(scope) || scopes.includes('admin') || (scope === 'read' && scopes.includes('read:raw'))
  );
}

/** Whether a route is open to the principal. */
export const admits = (principal: Principal, { scope, or }: ScopeAccess): boolean =>
  allows(principal, scope) || (or !== undefined && allows(principal, or));

/**
 * Whether the principal may know what is not of one tenant: the figures of the machine, of all tenants together, and
 * positions in the journal, from which those follow.
 */
export const seesInstallation = (principal: Principal): boolean => allows(principal, 'installation');

/** Whether the principal may act for the installation as a whole, such as back it up. */
export const administersInstallation = (principal: Principal): boolean =>
  principal.tenant === defaultTenant && allows(principal, 'admin');
