/** The table of events: only the rows in sight are drawn. `j` `k` move, Enter opens; a narrow screen gets cards. */
import { columnResizingFeature, columnSizingFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, useCallback, useEffect, useMemo, useRef } from 'react';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { useView } from '../../context.tsx';
import { zoneLabel } from '../../time.ts';
import type { Pointed } from '../../views/value-menu.tsx';
import { EventCard, EventCell } from './cells.tsx';
import { type ColumnChoice, isNumeric, summaryColumn, widthOf } from './columns.ts';
import { keyOf } from './use-events.ts';
import { useRowKeys } from './use-row-keys.ts';

const features = tableFeatures({ columnSizingFeature, columnResizingFeature });
const rowHeight = 28;
const cardHeight = 60;

export interface EventTableProps {
  readonly events: readonly ApiEvent[];
  readonly choice: ColumnChoice;
  readonly onWidths: (widths: Readonly<Record<string, number>>) => void;
  readonly cards: boolean;
  readonly openKey: string | undefined;
  readonly onOpen: (event: ApiEvent) => void;
  readonly onPoint: (pointed: Pointed) => void;
  /** The end of what is loaded is near. */
  readonly onEnd: () => void;
  /** Whether the top of the table is in sight. */
  readonly onTop: (atTop: boolean) => void;
}

export function EventTable(props: EventTableProps) {
  const { events, choice, onWidths, cards, openKey, onOpen, onPoint, onEnd, onTop } = props;
  const { tz } = useView();
  const scroll = useRef<HTMLDivElement>(null);
  const data = useMemo(() => [...events], [events]);
  const columns = useMemo(
    () => choice.names.map((name) => ({ id: name, header: name, size: widthOf(name), minSize: 48 })),
    [choice.names],
  );
  const table = useTable({
    features,
    columns,
    data,
    getRowId: keyOf,
    columnResizeMode: 'onChange',
    state: { columnSizing: { ...choice.widths } },
    onColumnSizingChange: (updater) =>
      onWidths(typeof updater === 'function' ? updater({ ...choice.widths }) : updater),
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const template = headers
    .map(({ column }) =>
      column.id === summaryColumn ? `minmax(${column.getSize()}px, 1fr)` : `${column.getSize()}px`,
    )
    .join(' ');
  // As wide as the columns, whatever a row has to say: else its cells leave their heads.
  const columnsStyle = {
    gridTemplateColumns: template,
    width: headers.reduce((sum, { column }) => sum + column.getSize(), 0),
  };
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => (cards ? cardHeight : rowHeight),
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a row has another height as a card
  useEffect(() => rows.measure(), [cards]);

  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (events.length > 0 && last >= events.length - 20) onEnd();
  }, [last, events.length, onEnd]);

  const current = useRowKeys({
    count: events.length,
    openAt: openKey === undefined ? -1 : events.findIndex((event) => keyOf(event) === openKey),
    onOpen: (at) => onOpen(events[at] as ApiEvent),
    onMove: (at) => rows.scrollToIndex(at, { align: 'auto' }),
  });

  // One listener for all cells: a pressed value opens its menu, the rest of the row opens the event.
  const point = useCallback(
    (event: MouseEvent, at: number, always: boolean) => {
      const target = (event.target as HTMLElement).closest<HTMLElement>('[data-field]');
      const field = target?.dataset.field;
      const wanted = always || (event.target as HTMLElement).closest('.cell-menu') !== null;
      if (!wanted || field === undefined || field === summaryColumn) return false;
      event.preventDefault();
      onPoint({ field, value: events[at]?.[field], x: event.clientX, y: event.clientY });
      return true;
    },
    [events, onPoint],
  );

  return (
    <section
      ref={scroll}
      className="event-table"
      aria-label="Events"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => onTop(event.currentTarget.scrollTop < 4)}
    >
      <table aria-rowcount={events.length + 1}>
        <thead className={cards ? 'visually-hidden' : ''}>
          <tr className="event-head" style={columnsStyle}>
            {headers.map((header) => (
              <th
                key={header.id}
                scope="col"
                className={`event-cell ${isNumeric(header.id) ? 'numeric' : ''}`}
              >
                <span className="cut">
                  {header.id === 'time' ? `time (${zoneLabel(Date.now(), tz)})` : header.id}
                </span>
                <span
                  className="event-resize"
                  onMouseDown={header.getResizeHandler()}
                  onTouchStart={header.getResizeHandler()}
                  aria-hidden="true"
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody style={{ height: rows.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const event = events[index] as ApiEvent;
            const key = keyOf(event);
            const state = key === openKey ? 'open' : index === current ? 'current' : '';
            const place = { transform: `translateY(${start}px)` };
            return (
              <tr
                key={key}
                aria-rowindex={index + 2}
                className={`event-row ${cards ? 'card' : ''} ${state}`}
                style={cards ? place : { ...place, ...columnsStyle }}
                onClick={(click) => point(click, index, false) || onOpen(event)}
                onContextMenu={(click) => point(click, index, true)}
              >
                {cards ? (
                  <EventCard event={event} zone={tz} />
                ) : (
                  choice.names.map((name) => <EventCell key={name} name={name} event={event} zone={tz} />)
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
