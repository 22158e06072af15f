/** How long events are kept, what is removed next, and what was removed: of the tenant, or of the installation. */
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Dropped, Retention, RetentionClass } from '../../api-types.ts';
import { useView } from '../../context.tsx';
import { formatBytes, formatWhole, nothing, plural } from '../../format.ts';
import { formatTime } from '../../time.ts';
import { ScrollX } from '../../views/scroll-x.tsx';

const day = 86_400;
const kept = (seconds: number): string =>
  seconds % day === 0 ? plural(seconds / day, 'day') : plural(Math.round(seconds / 3_600), 'hour');

export function RetentionPanel({ retention }: { retention: Retention }) {
  const { classes, dropped, installation } = retention;
  return (
    <>
      {installation !== undefined && <Budget installation={installation} />}
      <ScrollX label="Table of retention classes">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Kept for</th>
              {installation !== undefined && <th scope="col">Oldest day</th>}
              {installation !== undefined && <th scope="col">Next to be removed</th>}
              <th scope="col">Removed so far</th>
            </tr>
          </thead>
          <tbody>
            {classes.map((each) => (
              <tr key={each.retention}>
                <td>{each.retention}</td>
                <td style={{ whiteSpace: 'nowrap' }}>{kept(each.age)}</td>
                {installation !== undefined && (
                  <td className="mono" style={{ whiteSpace: 'nowrap' }}>
                    {each.oldestDay ?? nothing}
                  </td>
                )}
                {installation !== undefined && (
                  <td>
                    <Next next={each.next} />
                  </td>
                )}
                <td>
                  <Removed
                    dropped={(installation?.dropped ?? dropped).filter(
                      ({ retention: name }) => name === each.retention,
                    )}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </>
  );
}

function Budget({
  installation: { bytes, events, budget, problem },
}: {
  installation: NonNullable<Retention['installation']>;
}) {
  const limit =
    budget.bytes === null
      ? '. There is no limit in bytes.'
      : ` of the ${formatBytes(budget.bytes)} that they may; above that the oldest days go first, today never.`;
  return (
    <div className="panel-body">
      <p>
        {plural(events, 'event')} take {formatBytes(bytes)}
        {limit}
        {budget.events !== null && ` At most ${plural(budget.events, 'event')} are kept.`}
      </p>
      {problem !== undefined && (
        <p className="row" role="alert" style={{ flexWrap: 'nowrap', alignItems: 'flex-start' }}>
          <IconAlertTriangle
            size={16}
            color="var(--failure-text)"
            aria-hidden="true"
            style={{ flex: 'none' }}
          />
          {problem}
        </p>
      )}
    </div>
  );
}

function Next({ next }: { next: RetentionClass['next'] }) {
  const { tz } = useView();
  if (next === undefined) return <span className="dim">{nothing}</span>;
  const { day: date, because, time, events, bytes } = next;
  const when =
    because === 'budget'
      ? 'when the budget is reached'
      : time === undefined
        ? 'by age, now'
        : `by age, ${formatTime(time, tz, false)}`;
  return (
    <div style={{ whiteSpace: 'nowrap' }}>
      <span className="mono">{date}</span> <span className="dim">{when}</span>
      <div className="dim">
        {plural(events, 'event')}, {formatBytes(bytes)}
      </div>
    </div>
  );
}

const why = { age: 'by age', budget: 'by budget' } as const;

function Removed({ dropped }: { dropped: readonly Dropped[] }) {
  const { tz } = useView();
  if (dropped.length === 0) return <span className="dim">nothing</span>;
  return dropped.map(({ because, events, bytes, lastDay, lastTime }) => (
    <div key={because} style={{ whiteSpace: 'nowrap' }}>
      {formatWhole(events)} {why[because]} <span className="dim">({formatBytes(bytes)})</span>
      <div className="dim">
        last <span className="mono">{lastDay}</span> at {formatTime(lastTime, tz, false)}
      </div>
    </div>
  ));
}
