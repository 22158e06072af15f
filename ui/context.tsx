/** What every component may ask for: the API in the tenant of the URL, the session, and the view. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react';
import { type Api, createApi } from './api.ts';
import type { Session } from './api-types.ts';
import type { Connection } from './connection.ts';
import { openStream } from './stream.ts';
import { patchSearch, type Search, type SearchPatch, type View, viewOf } from './url-state.ts';

export interface Server {
  readonly base: string;
  readonly connection: Connection;
  readonly session: Session;
  readonly signOut: () => void;
}
export const ServerContext = createContext<Server | undefined>(undefined);

export function useServer(): Server {
  const server = useContext(ServerContext);
  if (server === undefined) throw new Error('used outside of ServerContext');
  return server;
}

export const useSearchState = (): Search => useSearch({ strict: false }) as Search;

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function useView(): View {
  const search = useSearchState();
  return useMemo(() => viewOf(search, browserZone), [search]);
}

/** Changes the URL of this page; each change is a step in the history unless it replaces the last. */
export function usePatch(): (patch: SearchPatch, options?: { replace?: boolean }) => void {
  const navigate = useNavigate();
  return useCallback(
    (patch, options) => {
      void navigate({
        to: '.',
        search: (search: Search) => patchSearch(search, patch),
        replace: options?.replace ?? false,
        resetScroll: false,
      } as never);
    },
    [navigate],
  );
}

/** The API in the tenant of the URL. */
export function useApi(): Api {
  const { base, connection, session } = useServer();
  const { tenant } = useSearchState();
  return useMemo(
    () => createApi(window.fetch.bind(window), connection, { base, tenant, csrf: session.csrf }),
    [base, connection, session, tenant],
  );
}

/** The tenant whose data is shown: that of the URL, else that of the session. */
export function useTenant(): string {
  const { session } = useServer();
  return useSearchState().tenant ?? session.tenant;
}

export function useConnectionLost(): boolean {
  const { connection } = useServer();
  return useSyncExternalStore(connection.subscribe, () => connection.lost);
}

/** Hears a stream while the component is mounted and `url` is given. */
export function useStream(
  url: string | undefined,
  events: readonly string[],
  hear: (event: string, data: string) => void,
): void {
  const { connection } = useServer();
  const latest = useRef(hear);
  useEffect(() => {
    latest.current = hear;
  });
  const names = events.join(',');
  useEffect(() => {
    if (url === undefined) return;
    return openStream({
      url,
      events: names.split(','),
      connection,
      hear: ({ event, data }) => latest.current(event, data),
    });
  }, [url, names, connection]);
}
