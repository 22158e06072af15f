/** One's own password. */
import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi, useServer } from '../../context.tsx';
import { Failure } from '../../views/states.tsx';

const least = 12;

export function Password() {
  const api = useApi();
  const { session, signOut } = useServer();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  // The server ends every session of the user, this one too.
  const change = useMutation({ mutationFn: () => api.changePassword(current, password), onSuccess: signOut });
  return (
    <form
      className="panel stack"
      style={{ padding: 16, maxWidth: 420 }}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <h2>Password of {session.user}</h2>
      <input type="text" name="username" autoComplete="username" value={session.user} readOnly hidden />
      <PasswordInput
        label="Password now"
        autoComplete="current-password"
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <PasswordInput
        label="New password"
        description={`At least ${least} characters. You sign in again afterwards.`}
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {change.isError && <Failure error={change.error} what="The password was not changed" />}
      <Button type="submit" loading={change.isPending} disabled={current === '' || password.length < least}>
        Change password
      </Button>
    </form>
  );
}
