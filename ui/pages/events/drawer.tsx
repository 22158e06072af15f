/** One event, under its own URL: Summary, Record, Related. The table behind it stays alive. */

import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { Refused } from '../../api.ts';
import { useApi, useView } from '../../context.tsx';
import { formatTime, zoneLabel } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { OutcomeMark, summaryOf } from '../../views/event-words.tsx';
import { Skeleton } from '../../views/panel.tsx';
import { SideDrawer } from '../../views/side-drawer.tsx';
import { CopyButton, Failure } from '../../views/states.tsx';
import type { Pointed } from '../../views/value-menu.tsx';
import { Record } from './record.tsx';
import { Related } from './related.tsx';
import { Summary } from './summary.tsx';

export interface EventDrawerProps {
  readonly id: string;
  readonly type: string | undefined;
  readonly onClose: () => void;
  readonly onOpen: (event: ApiEvent) => void;
  readonly onPoint: (pointed: Pointed) => void;
}

export default function EventDrawer({ id, type, onClose, onOpen, onPoint }: EventDrawerProps) {
  const api = useApi();
  const { tz } = useView();
  const answer = useQuery({ queryKey: useDataKey('event', id, type), queryFn: () => api.event(id, type) });
  const event = answer.data;
  return (
    <SideDrawer
      label="The event"
      size={560}
      beside
      onClose={onClose}
      title={event === undefined ? 'Event' : <span className="mono">{summaryOf(event)}</span>}
    >
      {answer.isPending && <Skeleton height={320} />}
      {answer.isError && <NoEvent error={answer.error} onRetry={() => answer.refetch()} />}
      {event !== undefined && (
        <>
          <div className="row" style={{ marginBottom: 4 }}>
            <OutcomeMark outcome={event.outcome} />
            <span className="mono">{formatTime(String(event.time), tz)}</span>
            <span className="dim">{zoneLabel(Date.parse(String(event.time)), tz)}</span>
            <CopyButton text={window.location.href} label="Copy link" />
          </div>
          <p className="dim event-type">
            {String(event.vocabulary)} · {String(event.type)}
          </p>
          <Tabs defaultValue="summary" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="summary">Summary</Tabs.Tab>
              <Tabs.Tab value="record">Record</Tabs.Tab>
              <Tabs.Tab value="related">Related</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="summary">
              <Summary event={event} onPoint={onPoint} />
            </Tabs.Panel>
            <Tabs.Panel value="record">
              <Record event={event} />
            </Tabs.Panel>
            <Tabs.Panel value="related">
              <Related event={event} onOpen={onOpen} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </SideDrawer>
  );
}

function NoEvent({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const gone = error instanceof Refused && error.problem.status === 404;
  return (
    <Failure
      error={error}
      what={gone ? 'There is no such event' : 'The event cannot be shown'}
      onRetry={onRetry}
    />
  );
}
