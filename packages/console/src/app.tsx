import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { GatewayContext } from './api/gateway-context.ts';
import { Gateway, GatewayError } from './api/gateway.ts';
import { forgetKey, rememberKey, takeKey } from './api/session.ts';
import { Shell } from './views/shell.tsx';
import { SignIn } from './views/sign-in.tsx';
import { FeedProvider } from './stream/feed-provider.tsx';

const RETRIES = 2;

function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A browser without any network says that it is offline, and still reaches a gateway on its own machine.
        networkMode: 'always',
        refetchOnReconnect: true,
        // What the gateway refused it will refuse again; only what failed on the way is worth another try.
        retry: (count, error) =>
          count < RETRIES && (!(error instanceof GatewayError) || error.status === 0 || error.status >= 500),
      },
      mutations: { networkMode: 'always' },
    },
  });
}

export function App(): ReactNode {
  const [key, setKey] = useState(takeKey);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    // The link that `start` prints, opened in a tab where the console is already, loads nothing anew.
    const onHashChange = (): void => {
      setKey(takeKey());
      setRefused(false);
    };
    window.addEventListener('hashchange', onHashChange);
    return () => window.removeEventListener('hashchange', onHashChange);
  }, []);
  const session = useMemo(() => {
    if (key === undefined) return undefined;
    const signOut = (wasRefused: boolean): void => {
      forgetKey();
      setRefused(wasRefused);
      setKey(undefined);
    };
    const gateway = new Gateway(key, () => signOut(true));
    return { gateway, queries: createQueries(), signOut: () => signOut(false) };
  }, [key]);

  if (session === undefined) {
    const signIn = (given: string): void => {
      rememberKey(given);
      setRefused(false);
      setKey(given);
    };
    return <SignIn refused={refused} onKey={signIn} />;
  }
  return (
    <QueryClientProvider client={session.queries}>
      <GatewayContext value={session.gateway}>
        <FeedProvider>
          <Shell onSignOut={session.signOut} />
        </FeedProvider>
      </GatewayContext>
    </QueryClientProvider>
  );
}
