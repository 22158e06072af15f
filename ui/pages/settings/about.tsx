/** What this server says of itself: version, the equation that shows nothing has vanished, consumers, journal, disk. */

import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Status } from '../../api-types.ts';
import { useApi, useView } from '../../context.tsx';
import { formatBytes, formatWhole } from '../../format.ts';
import { formatTime } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { Panel } from '../../views/panel.tsx';
import { ScrollX } from '../../views/scroll-x.tsx';
import { LostEvents } from './lost.tsx';
import { RetentionPanel } from './retention.tsx';

export function About() {
  const api = useApi();
  const answer = useQuery({
    queryKey: useDataKey('status'),
    queryFn: () => api.status(),
    refetchInterval: 5000,
  });
  return (
    <div className="stack">
      <Panel title="Nothing vanishes" answer={answer} height={120}>
        {(status) => <Equation status={status} />}
      </Panel>
      <Panel title="Lost events" answer={answer} height={120}>
        {(status) => <LostEvents status={status} />}
      </Panel>
      <Panel title="Consumers of the journal" answer={answer} height={120}>
        {(status) => <Consumers status={status} />}
      </Panel>
      <Panel title="How long events are kept" answer={answer} height={160}>
        {(status) => <RetentionPanel retention={status.retention} />}
      </Panel>
      <Panel title="This server" answer={answer} height={160}>
        {(status) => <Server status={status} />}
      </Panel>
    </div>
  );
}

function Equation({ status: { equation, tenant } }: { status: Status }) {
  const { balanced } = equation;
  const terms = [
    ['received', equation.received, ''],
    ['journalled', equation.journalled, '='],
    ['quarantined', equation.quarantined, '+'],
    ['duplicates', equation.duplicates, '+'],
  ] as const;
  const Mark = balanced ? IconCircleCheck : IconAlertTriangle;
  return (
    <div className="panel-body stack">
      <div className="row" style={{ gap: 16 }}>
        {terms.map(([name, count, sign]) => (
          <div key={name} className="row" style={{ gap: 16 }}>
            {sign !== '' && <span className="dim">{sign}</span>}
            <div>
              <div className="tile-number">{formatWhole(count)}</div>
              <div className="dim">{name}</div>
            </div>
          </div>
        ))}
      </div>
      <p className="row" style={{ flexWrap: 'nowrap' }}>
        <Mark size={16} color={balanced ? 'var(--good)' : 'var(--failure-text)'} aria-hidden="true" />
        {balanced
          ? `Every record received in the tenant ${tenant} is accounted for.`
          : 'The two sides differ. The log of the server says more.'}
      </p>
      {equation.replayed > 0 && (
        <p className="dim">{formatWhole(equation.replayed)} sent again from quarantine, counted beside it.</p>
      )}
    </div>
  );
}

const consumerFigures = [
  ['Journalled', 'journalled'],
  ['Delivered', 'delivered'],
  ['Pending', 'pending'],
  ['Dead-lettered', 'deadLettered'],
  ['Expired', 'expired'],
  ['Lost', 'lost'],
] as const;

/** Figures of the installation are shown to those who may see them. */
const figure = (value: number | undefined): string => (value === undefined ? '–' : formatWhole(value));

function Consumers({ status: { consumers } }: { status: Status }) {
  return (
    <ScrollX label="Table of consumers">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Consumer</th>
            <th scope="col">State</th>
            {consumerFigures.map(([title]) => (
              <th key={title} scope="col" className="numeric">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {consumers.map((consumer) => (
            <tr key={consumer.name}>
              <td>{consumer.name}</td>
              <td>{consumer.state}</td>
              {consumerFigures.map(([title, name]) => (
                <td key={title} className="numeric">
                  {formatWhole(consumer[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

function Server({ status: { version, started, store, journal, disk } }: { status: Status }) {
  const { tz } = useView();
  const pressure = { ok: '', low: ', room is getting low', full: ', full: nothing is taken in' }[
    journal.pressure
  ];
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Version', version],
    ['Started', formatTime(started, tz, false)],
    ['Store', store.ready ? 'ready' : `not ready: ${store.reason ?? 'no reason given'}`],
    ...(journal.bytes === undefined
      ? [['Journal', `takes events in${pressure}`] as const]
      : [
          [
            'Journal',
            `${formatBytes(journal.bytes)} in ${journal.segments === 1 ? '1 file' : `${figure(journal.segments)} files`}${pressure}`,
          ] as const,
          ['Positions in the journal', `${figure(journal.oldest)} to ${figure(journal.end)}`] as const,
        ]),
    ...(disk === undefined
      ? []
      : [['Disk', `${formatBytes(disk.free)} free of ${formatBytes(disk.total)}`] as const]),
  ];
  return (
    <table className="plain-table">
      <tbody>
        {facts.map(([name, value]) => (
          <tr key={name}>
            <th scope="row" style={{ width: 200 }}>
              {name}
            </th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
