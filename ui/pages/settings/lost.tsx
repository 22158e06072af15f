/** Events that are in neither store nor journal any more, by day; or that none is missing, and when that was checked. */
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { Status } from '../../api-types.ts';
import { useView } from '../../context.tsx';
import { formatWhole } from '../../format.ts';
import { formatTime } from '../../time.ts';
import { ScrollX } from '../../views/scroll-x.tsx';

export function LostEvents({ status: { lost, comparison } }: { readonly status: Status }) {
  const { tz } = useView();
  const checked =
    comparison === null
      ? 'Store and journal have not been compared yet.'
      : `Store and journal were compared last on ${formatTime(comparison.at, tz, false)}.`;
  const events = lost.reduce((sum, group) => sum + group.events, 0);
  if (events === 0)
    return (
      <div className="panel-body stack">
        <p className="row" style={{ flexWrap: 'nowrap' }}>
          <IconCircleCheck size={16} color="var(--good)" aria-hidden="true" />
          No accepted event is missing.
        </p>
        <p className="dim">{checked}</p>
      </div>
    );
  return (
    <div className="panel-body stack">
      <p className="row" role="alert" style={{ flexWrap: 'nowrap' }}>
        <IconAlertTriangle size={16} color="var(--failure-text)" aria-hidden="true" />
        {formatWhole(events)} accepted events are in neither store nor journal any more. A backup may have
        them.
      </p>
      <ScrollX label="Table of lost events">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Day of the events</th>
              <th scope="col">Tenant</th>
              <th scope="col" className="numeric">
                Events
              </th>
            </tr>
          </thead>
          <tbody>
            {lost.map((group) => (
              <tr key={`${group.tenant} ${group.day} ${group.retention}`}>
                <td>{group.day}</td>
                <td>{group.tenant === '?' ? 'not known any more' : group.tenant}</td>
                <td className="numeric">{formatWhole(group.events)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      <p className="dim">{checked}</p>
    </div>
  );
}
