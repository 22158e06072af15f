/** The way in. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type Api, Refused } from '../api.ts';
import type { Session } from '../api-types.ts';

export default function SignIn({ api, onSignedIn }: { api: Api; onSignedIn: (session: Session) => void }) {
  const [user, setUser] = useState('admin');
  const [password, setPassword] = useState('');
  const signIn = useMutation({ mutationFn: () => api.signIn(user, password), onSuccess: onSignedIn });
  const wrong = signIn.error instanceof Refused && signIn.error.problem.status === 401;
  return (
    <main className="sign-in">
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <div className="row" style={{ marginBottom: 4 }}>
          <img src="icon.svg" alt="" width={28} height={28} />
          <h1>Sign in to Gatescope</h1>
        </div>
        <TextInput
          label="User"
          name="username"
          autoComplete="username"
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          required
          withAsterisk={false}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          required
          withAsterisk={false}
          autoFocus
          error={wrong ? 'User and password do not match' : undefined}
        />
        {signIn.isError && !wrong && (
          <p role="alert" style={{ color: 'var(--failure-text)' }}>
            {signIn.error.message}
          </p>
        )}
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
        <p className="dim" style={{ fontSize: 12 }}>
          The first password of <code>admin</code> was shown on the terminal at the first start, or is in the
          file <code>initial-password</code> in the data folder.
        </p>
      </form>
    </main>
  );
}
