/** The pages that exist, and their addresses. Each is loaded when it is first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { Shell } from './shell/shell.tsx';
import { parseSearch, printSearch, type Search } from './url-state.ts';
import { Failure, NotFound } from './views/states.tsx';

const root = createRootRoute({
  component: Shell,
  validateSearch: (search: Record<string, unknown>): Search => search as Search,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <Failure error={error} what="This page failed" onRetry={reset} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: ({ search }) => {
    throw redirect({ to: '/overview', search });
  },
});

const page = (path: string, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) });

const routes = root.addChildren([
  home,
  page('/overview', () => import('./pages/overview.tsx')),
  page('/events', () => import('./pages/events/events.tsx')),
  page('/receivers', () => import('./pages/receivers/receivers.tsx')),
  page('/settings', () => import('./pages/settings/settings.tsx')),
]);

export function createAppRouter(basepath: string) {
  return createRouter({
    routeTree: routes,
    basepath,
    parseSearch,
    stringifySearch: printSearch,
    scrollRestoration: true,
  });
}
