/** API tokens of the tenant: make one, whose secret is shown once, and revoke them. */

import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { NewToken, Token } from '../../api-types.ts';
import { useApi, useTenant, useView } from '../../context.tsx';
import { formatTime } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { Panel } from '../../views/panel.tsx';
import { ScrollX } from '../../views/scroll-x.tsx';
import { CopyButton, Failure } from '../../views/states.tsx';

const scopes = [
  { name: 'ingest', doc: 'Send events' },
  { name: 'read', doc: 'Ask and search, personal data masked' },
  { name: 'read:raw', doc: 'Also personal data and the records as received' },
  { name: 'installation', doc: 'Figures of the whole installation; in the default tenant alone' },
  { name: 'admin', doc: 'Everything, tokens and tenants too' },
] as const;

export function Tokens() {
  const api = useApi();
  const tenant = useTenant();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  const answer = useQuery({ queryKey: useDataKey('tokens'), queryFn: () => api.tokens() });
  const actions = (
    <button type="button" className="quiet-button on" onClick={() => setMaking(true)}>
      Create a token
    </button>
  );
  return (
    <>
      <Panel title={`API tokens of ${tenant}`} answer={answer} height={160} actions={actions}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <p className="panel-body dim">None yet. A gateway needs one with the scope ingest.</p>
          ) : (
            <TokenTable tokens={tokens} onRevoke={setRevoking} />
          )
        }
      </Panel>
      {making && <MakeToken onClose={() => setMaking(false)} />}
      {revoking !== undefined && <RevokeToken token={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}

function TokenTable({ tokens, onRevoke }: { tokens: readonly Token[]; onRevoke: (token: Token) => void }) {
  const { tz } = useView();
  return (
    <ScrollX label="Table of tokens">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Begins with</th>
            <th scope="col">Scopes</th>
            <th scope="col">Created</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span className="visually-hidden">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id} className={token.revoked === undefined ? '' : 'dim'}>
              <td>{token.name}</td>
              <td className="mono">{token.hint === '' ? 'in the settings' : `${token.hint}…`}</td>
              <td>{token.scopes.join(', ')}</td>
              <td className="mono">{formatTime(token.created, tz, false)}</td>
              <td className="mono">
                {token.lastUsed === undefined ? 'never' : formatTime(token.lastUsed, tz, false)}
              </td>
              <td className="numeric">
                {token.revoked !== undefined ? (
                  `revoked ${formatTime(token.revoked, tz, false)}`
                ) : (
                  <button type="button" className="quiet-button" onClick={() => onRevoke(token)}>
                    Revoke<span className="visually-hidden"> {token.name}</span>
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

function MakeToken({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>(['ingest']);
  const make = useMutation({
    mutationFn: () => api.createToken({ name, scopes: chosen }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['data'] }),
  });
  return (
    <Modal opened onClose={onClose} title="Create a token" transitionProps={{ duration: 0 }}>
      {make.data !== undefined ? (
        <Secret made={make.data} onClose={onClose} />
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <TextInput
            label="Name"
            description="Who or what will use it, such as gateway-eu-1"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            withAsterisk={false}
            data-autofocus
          />
          <Checkbox.Group label="Scopes" value={[...chosen]} onChange={setChosen}>
            <div className="stack" style={{ gap: 8, marginTop: 4 }}>
              {scopes.map((scope) => (
                <Checkbox key={scope.name} value={scope.name} label={scope.name} description={scope.doc} />
              ))}
            </div>
          </Checkbox.Group>
          {make.isError && <Failure error={make.error} what="The token was not created" />}
          <Button type="submit" loading={make.isPending} disabled={chosen.length === 0}>
            Create token
          </Button>
        </form>
      )}
    </Modal>
  );
}

function Secret({ made, onClose }: { made: NewToken; onClose: () => void }) {
  return (
    <div className="stack">
      <p>
        This is the secret of <b>{made.token.name}</b>. It is shown now and never again.
      </p>
      <pre
        className="paste"
        style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0 }}
        data-secret
      >
        {made.secret}
      </pre>
      <div className="row">
        <CopyButton text={made.secret} label="Copy secret" />
        <button type="button" className="quiet-button" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </div>
  );
}

function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const { tz } = useView();
  const [typed, setTyped] = useState('');
  const revoke = useMutation({
    mutationFn: () => api.revokeToken(token.id),
    onSuccess() {
      void queries.invalidateQueries({ queryKey: ['data'] });
      onClose();
    },
  });
  const used =
    token.lastUsed === undefined ? 'It was never used.' : `Last used ${formatTime(token.lastUsed, tz)}.`;
  return (
    <Modal opened onClose={onClose} title={`Revoke ${token.name}`} transitionProps={{ duration: 0 }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          revoke.mutate();
        }}
      >
        <p>Whoever uses this token is refused from now on. This cannot be undone. {used}</p>
        <TextInput
          label={`Type ${token.name} to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        {revoke.isError && <Failure error={revoke.error} what="The token was not revoked" />}
        <Button type="submit" color="red" loading={revoke.isPending} disabled={typed !== token.name}>
          Revoke token
        </Button>
      </form>
    </Modal>
  );
}
