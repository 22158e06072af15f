/** Receivers: where is my event? Who sends, what of it was a duplicate, and what is in quarantine and why. */
import { ScrollX } from '../../views/scroll-x.tsx';
import '../../views/views.css';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Sender } from '../../api-types.ts';
import { useApi, useView } from '../../context.tsx';
import { term } from '../../filter-text.ts';
import { formatWhole } from '../../format.ts';
import { formatTime } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { idText } from '../../views/event-words.tsx';
import { EventsLink } from '../../views/events-link.tsx';
import { Panel } from '../../views/panel.tsx';
import { Quarantine } from './quarantine.tsx';

export default function Receivers() {
  const api = useApi();
  const senders = useQuery({
    queryKey: useDataKey('senders'),
    queryFn: () => api.senders(),
    refetchInterval: 5000,
  });
  return (
    <div className="stack">
      <h1>Where is my event?</h1>
      <p className="dim">
        What was received is an event, a duplicate of one, or in quarantine. Counted since Gatescope was
        started; the bar above does not apply.
      </p>
      <Panel title="Senders" answer={senders} height={160}>
        {({ senders: list }) =>
          list.length === 0 ? (
            <p className="panel-body dim">No one has sent anything yet.</p>
          ) : (
            <SenderTable senders={list} />
          )
        }
      </Panel>
      <Quarantine />
    </div>
  );
}

function SenderTable({ senders }: { senders: readonly Sender[] }) {
  const { tz } = useView();
  return (
    <ScrollX label="Table of senders">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Sender</th>
            <th scope="col">Receiver</th>
            <th scope="col">Last received</th>
            <th scope="col">Last duplicate</th>
            <th scope="col">Last quarantined</th>
          </tr>
        </thead>
        <tbody>
          {senders.map(({ sender, receiver, received, pastRetention, duplicates, quarantined }) => (
            <tr key={`${receiver} ${sender}`}>
              <td>{sender}</td>
              <td className="mono">{receiver}</td>
              <td>
                <Last {...received} zone={tz}>
                  {received.id !== undefined && (
                    <EventsLink
                      patch={{ q: term('id', received.id), from: 'now-30d', to: 'now' }}
                      className="mono"
                    >
                      {idText(received.id)}
                    </EventsLink>
                  )}
                </Last>
                {pastRetention > 0 && (
                  <div className="dim">{formatWhole(pastRetention)} past their retention on arrival</div>
                )}
              </td>
              <td>
                <Last {...duplicates} zone={tz} />
              </td>
              <td>
                <Last {...quarantined} zone={tz}>
                  {quarantined.reason !== undefined && <span>{quarantined.reason}</span>}
                </Last>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

function Last(props: { count: number; last?: string; zone: string; children?: ReactNode }) {
  const { count, last, zone, children } = props;
  if (last === undefined) return <span className="dim">none</span>;
  return (
    <div style={{ whiteSpace: 'nowrap' }}>
      <span className="mono">{formatTime(last, zone)}</span>{' '}
      <span className="dim">of {formatWhole(count)}</span>
      <div>{children}</div>
    </div>
  );
}
