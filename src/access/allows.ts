/** What a scope lets its holder do. */
import type { Principal, Scope } from './route.ts';

/**
 * `admin` holds every other scope, `read:raw` holds `read`. A session never ingests: the tenant of an event comes
 * from a token only.
 */
export function allows({ kind, scopes }: Principal, scope: Scope): boolean {
  if (scope === 'ingest' && kind === 'session') return false;
  return (
    scopes.includes(scope) || scopes.includes('admin') || (scope === 'read' && scopes.includes('read:raw'))
  );
}
