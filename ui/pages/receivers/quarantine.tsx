/** The quarantine: what could not become an event, by reason, and each record to inspect, edit and replay. */

import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { QuarantineEntry, QuarantineReason } from '../../api-types.ts';
import { useApi, usePatch, useSearchState, useServer, useView } from '../../context.tsx';
import { formatWhole, plural } from '../../format.ts';
import { formatTime } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { Skeleton } from '../../views/panel.tsx';
import { ScrollX } from '../../views/scroll-x.tsx';
import { Failure } from '../../views/states.tsx';

const EntryDrawer = lazy(() => import('./entry-drawer.tsx'));

export function Quarantine() {
  const api = useApi();
  const patch = usePatch();
  const { reason, entry } = useSearchState();
  const answer = useInfiniteQuery({
    queryKey: useDataKey('quarantine', reason),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => api.quarantine(reason, pageParam),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const reasons = answer.data?.pages[0]?.reasons ?? [];
  const entries = answer.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <section className="panel" aria-label="Quarantine">
      <div className="panel-head">
        <h2>Quarantine</h2>
      </div>
      {answer.isPending && (
        <div className="panel-body">
          <Skeleton height={120} />
        </div>
      )}
      {answer.isError && (
        <Failure
          error={answer.error}
          what="The quarantine cannot be shown"
          onRetry={() => void answer.refetch()}
        />
      )}
      {answer.isSuccess && reasons.length === 0 && (
        <p className="panel-body dim">Empty: every record that was received could be read.</p>
      )}
      {reasons.length > 0 && <Reasons reasons={reasons} chosen={reason} />}
      {entries.length > 0 && <Entries entries={entries} />}
      {answer.hasNextPage && (
        <div className="panel-body" style={{ paddingTop: 8 }}>
          <button
            type="button"
            className="quiet-button"
            disabled={answer.isFetchingNextPage}
            onClick={() => void answer.fetchNextPage()}
          >
            Show more
          </button>
        </div>
      )}
      {entry !== undefined && (
        <Suspense>
          <EntryDrawer id={entry} onClose={() => patch({ entry: undefined })} />
        </Suspense>
      )}
    </section>
  );
}

function Reasons({ reasons, chosen }: { reasons: readonly QuarantineReason[]; chosen: string | undefined }) {
  const api = useApi();
  const patch = usePatch();
  const queries = useQueryClient();
  const { session } = useServer();
  const { tz } = useView();
  const mayReplay = session.scopes.includes('admin');
  const replay = useMutation({
    mutationFn: (reason: string) => api.replayAll(reason),
    onSettled: () => queries.invalidateQueries({ queryKey: ['data'] }),
  });
  const { data: done } = replay;
  return (
    <>
      <ScrollX label="Table of reasons">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col" className="numeric">
                Records
              </th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
              <th scope="col">
                <span className="visually-hidden">Replay</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {reasons.map(({ reason, count, kept, replayed, first, last }) => {
              const left = kept - replayed;
              return (
                <tr key={reason} style={reason === chosen ? { background: 'var(--accent-soft)' } : {}}>
                  <td>
                    <button
                      type="button"
                      className="quiet-button bare"
                      aria-pressed={reason === chosen}
                      onClick={() => patch({ reason: reason === chosen ? undefined : reason })}
                    >
                      {reason}
                    </button>
                  </td>
                  <td className="numeric">
                    {formatWhole(count)}
                    {kept < count && <span className="dim"> ({formatWhole(kept)} kept)</span>}
                  </td>
                  <td className="mono">{formatTime(first, tz, false)}</td>
                  <td className="mono">{formatTime(last, tz, false)}</td>
                  <td className="numeric">
                    {mayReplay && left > 0 && (
                      <button
                        type="button"
                        className="quiet-button"
                        disabled={replay.isPending}
                        onClick={() => replay.mutate(reason)}
                      >
                        Replay {plural(left, 'record')}
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollX>
      {done !== undefined && (
        <output className="panel-body" style={{ display: 'block', paddingTop: 8 }}>
          Replayed: {formatWhole(done.accepted)} accepted, {plural(done.duplicates, 'duplicate')},{' '}
          {formatWhole(done.quarantined)} quarantined again
          {done.remaining > 0 ? `, ${formatWhole(done.remaining)} left for another call` : ''}.
        </output>
      )}
      {replay.isError && <Failure error={replay.error} what="The records were not replayed" />}
    </>
  );
}

function Entries({ entries }: { entries: readonly QuarantineEntry[] }) {
  const patch = usePatch();
  const { tz } = useView();
  return (
    <ScrollX label="Table of records" style={{ borderTop: '1px solid var(--line)', marginTop: 12 }}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Record received</th>
            <th scope="col">Sender</th>
            <th scope="col">What is wrong</th>
            <th scope="col">Replayed</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ id, received, sender, path, detail, replayed }) => (
            <tr key={id}>
              <td className="mono">
                <button type="button" className="quiet-button bare" onClick={() => patch({ entry: id })}>
                  {formatTime(received, tz)}
                </button>
              </td>
              <td>{sender}</td>
              <td>
                {path !== '' && <code>{path}</code>} {detail}
              </td>
              <td>{replayed ?? <span className="dim">no</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
