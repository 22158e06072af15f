/** One event as a row of cells, and as a card of two lines. */
import { IconDots } from '@tabler/icons-react';
import { memo } from 'react';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { formatTime } from '../../time.ts';
import { fieldText, idText, OutcomeMark, summaryOf } from '../../views/event-words.tsx';
import { isMonospace, isNumeric, summaryColumn } from './columns.ts';

function content(name: string, event: ApiEvent, zone: string) {
  if (name === 'outcome') return <OutcomeMark outcome={event[name]} />;
  if (name === summaryColumn) return summaryOf(event);
  if (isMonospace(name)) return idText(event[name]);
  return fieldText(name, event[name], zone);
}

/** What stands for a name that the record does not tell. */
const idOf: Readonly<Record<string, string>> = { service: 'serviceId', consumer: 'consumerId' };
const shownField = (name: string, event: ApiEvent): string =>
  event[name] === undefined ? (idOf[name] ?? name) : name;

const fixed = new Set(['time', 'received', summaryColumn]);

export const EventCell = memo(({ name, event, zone }: { name: string; event: ApiEvent; zone: string }) => {
  const field = shownField(name, event);
  const isMono = field !== name || isMonospace(name) || fixed.has(name);
  const look = `${isNumeric(name) ? 'numeric' : ''} ${isMono ? 'mono' : ''} ${field === name ? '' : 'dim'}`;
  const shown = field === name ? content(name, event, zone) : idText(event[field]);
  return (
    <td
      className={`event-cell ${look}`}
      data-field={field}
      title={typeof shown === 'string' ? shown : undefined}
    >
      <span className="cut">{shown}</span>
      {name !== summaryColumn && shown !== '' && (
        <span className="cell-menu" aria-hidden="true">
          <IconDots size={14} />
        </span>
      )}
    </td>
  );
});

export const EventCard = memo(({ event, zone }: { event: ApiEvent; zone: string }) => (
  <td>
    <div className="spread">
      <OutcomeMark outcome={event.outcome} />
      <span className="mono dim">{formatTime(String(event.time), zone).slice(5)}</span>
    </div>
    <div className="spread">
      <span className="mono cut">{summaryOf(event)}</span>
      <span className="dim" style={{ whiteSpace: 'nowrap' }}>
        {[event.status, fieldText('duration', event.duration, zone)].filter(Boolean).join(' · ')}
      </span>
    </div>
  </td>
));
