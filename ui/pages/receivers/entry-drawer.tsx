/** One record in quarantine: why it is there, its bytes to edit, and sending it again. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReplayOutcome, WholeQuarantineEntry } from '../../api-types.ts';
import { useApi, useServer, useView } from '../../context.tsx';
import { term } from '../../filter-text.ts';
import { formatTime } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { EventsLink } from '../../views/events-link.tsx';
import { Skeleton } from '../../views/panel.tsx';
import { SideDrawer } from '../../views/side-drawer.tsx';
import { CopyButton, Failure } from '../../views/states.tsx';

export default function EntryDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useApi();
  const answer = useQuery({ queryKey: useDataKey('entry', id), queryFn: () => api.quarantined(id) });
  return (
    <SideDrawer label="The quarantined record" title="Record in quarantine" size={640} onClose={onClose}>
      {answer.isPending && <Skeleton height={240} />}
      {answer.isError && (
        <Failure
          error={answer.error}
          what="The record cannot be shown"
          onRetry={() => void answer.refetch()}
        />
      )}
      {answer.isSuccess && <Entry entry={answer.data} />}
    </SideDrawer>
  );
}

function Entry({ entry }: { entry: WholeQuarantineEntry }) {
  const api = useApi();
  const queries = useQueryClient();
  const { session } = useServer();
  const { tz } = useView();
  const [body, setBody] = useState(entry.body ?? '');
  const edited = entry.body !== undefined && body !== entry.body;
  const replay = useMutation({
    mutationFn: () => api.replay(entry.id, edited ? body : undefined),
    onSettled: () => queries.invalidateQueries({ queryKey: ['data'] }),
  });
  return (
    <div className="stack">
      <div>
        <h2>{entry.reason}</h2>
        <p>
          {entry.path !== '' && <code>{entry.path}</code>} {entry.detail}
        </p>
        <p className="dim">
          Received {formatTime(entry.received, tz)} from {entry.sender} by {entry.receiver}
          {entry.vocabulary === undefined ? '' : ` as ${entry.vocabulary}`}
        </p>
        {entry.replayed !== undefined && <p className="dim">Replayed before: {entry.replayed}</p>}
      </div>
      {entry.body === undefined ? (
        <>
          <p className="dim">The record is not valid UTF-8, so it cannot be edited here. In Base64:</p>
          <pre className="paste scroll-x">{entry.bodyBase64}</pre>
        </>
      ) : (
        <textarea
          className="field mono"
          aria-label="The record"
          rows={18}
          spellCheck={false}
          value={body}
          onChange={(event) => setBody(event.target.value)}
        />
      )}
      <div className="row">
        {session.scopes.includes('admin') && (
          <button
            type="button"
            className="quiet-button on"
            disabled={replay.isPending}
            onClick={() => replay.mutate()}
          >
            {edited ? 'Replay as edited' : 'Replay as it is'}
          </button>
        )}
        {edited && (
          <button type="button" className="quiet-button" onClick={() => setBody(entry.body ?? '')}>
            Undo the edit
          </button>
        )}
        <CopyButton text={entry.body ?? entry.bodyBase64 ?? ''} label="Copy record" />
      </div>
      {replay.isSuccess && <Outcome outcome={replay.data} />}
      {replay.isError && <Failure error={replay.error} what="The record was not replayed" />}
    </div>
  );
}

function Outcome({ outcome: { outcome, id, reason, detail } }: { outcome: ReplayOutcome }) {
  if (outcome === 'quarantined') {
    return (
      <p role="alert">
        In quarantine again: {reason}. {detail}
      </p>
    );
  }
  return (
    <output>
      {outcome === 'accepted' ? 'It is an event now. ' : 'It was there already. '}
      {detail !== undefined && `It is ${detail}. `}
      {id !== undefined && (
        <EventsLink patch={{ q: term('id', id), from: 'now-90d', to: 'now', event: id }}>
          Show the event
        </EventsLink>
      )}
    </output>
  );
}
