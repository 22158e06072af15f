/** The app: who is signed in, then the pages. Until a person is signed in there is nothing but the way in. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { createApi, Refused } from './api.ts';
import type { Session } from './api-types.ts';
import type { Connection } from './connection.ts';
import { type Server, ServerContext } from './context.tsx';
import { createAppRouter } from './router.tsx';
import { theme } from './theme.ts';
import { Failure } from './views/states.tsx';

const SignIn = lazy(() => import('./pages/sign-in.tsx'));

export interface AppProps {
  readonly base: string;
  readonly connection: Connection;
}

export function App(props: AppProps) {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          // Whether the server can be reached is for the connection to find out, not for the browser to guess.
          mutations: { networkMode: 'always' },
          queries: {
            networkMode: 'always',
            staleTime: 5_000,
            refetchOnWindowFocus: false,
            retry: (count, error) => !(error instanceof Refused && error.problem.status < 500) && count < 2,
          },
        },
      }),
  );
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <Gate {...props} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

const sessionKey = ['session'] as const;

function Gate({ base, connection }: AppProps) {
  const queries = useQueryClient();
  const api = useMemo(
    () => createApi(window.fetch.bind(window), connection, { base, tenant: undefined, csrf: null }),
    [base, connection],
  );
  const session = useQuery<Session | null>({
    queryKey: sessionKey,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      api.session().catch((error: unknown) => {
        if (error instanceof Refused && error.problem.status === 401) return null;
        throw error;
      }),
  });

  // A session that ends while the page is open shows as a refusal somewhere: then ask for it again.
  useEffect(
    () =>
      queries.getQueryCache().subscribe(({ query }) => {
        const { error } = query.state;
        const ended = error instanceof Refused && error.problem.status === 401;
        if (ended && query.queryKey[0] !== 'session') queries.setQueryData(sessionKey, null);
      }),
    [queries],
  );
  // What was asked before the connection was lost is asked again when it is back.
  useEffect(
    () =>
      connection.subscribe(() => {
        if (!connection.lost) void queries.invalidateQueries();
      }),
    [connection, queries],
  );

  if (session.isPending) return null;
  if (session.isError) {
    return (
      <Failure error={session.error} what="Gatescope cannot be reached" onRetry={() => session.refetch()} />
    );
  }
  const signedIn = (next: Session | null) => {
    // What one person saw is not for the next.
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    queries.setQueryData(sessionKey, next);
  };
  if (session.data === null) {
    return (
      <Suspense>
        <SignIn api={api} onSignedIn={signedIn} />
      </Suspense>
    );
  }
  return (
    <SignedIn base={base} connection={connection} session={session.data} onSignedOut={() => signedIn(null)} />
  );
}

function SignedIn(props: AppProps & { session: Session; onSignedOut: () => void }) {
  const { base, connection, session, onSignedOut } = props;
  const [router] = useState(() => createAppRouter(new URL(base).pathname));
  const server = useMemo<Server>(() => {
    const signOut = () => {
      const api = createApi(window.fetch.bind(window), connection, {
        base,
        tenant: undefined,
        csrf: session.csrf,
      });
      void api.signOut().finally(onSignedOut);
    };
    return { base, connection, session, signOut };
  }, [base, connection, session, onSignedOut]);
  return (
    <ServerContext value={server}>
      <RouterProvider router={router} />
    </ServerContext>
  );
}
