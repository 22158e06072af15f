/** Which columns the table has, and in what order. */
import { IconArrowDown, IconArrowUp, IconColumns } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { columnByName } from '../../../src/core/event.ts';
import { useApi } from '../../context.tsx';
import { Dropdown } from '../../shell/dropdown.tsx';
import { useDataKey } from '../../use-data.ts';
import { type ColumnChoice, defaultColumns, moveColumn, summaryColumn, toggleColumn } from './columns.ts';

export function ColumnChooser(props: { choice: ColumnChoice; onChange: (choice: ColumnChoice) => void }) {
  const { choice, onChange } = props;
  const api = useApi();
  const [sought, setSought] = useState('');
  const fields = useQuery({
    queryKey: useDataKey('fields'),
    queryFn: () => api.fields(),
    staleTime: 60_000,
  });
  // Attributes are not at the top of an event, so they are no columns.
  const names = (fields.data?.fields ?? [])
    .map(({ name }) => name)
    .filter((name) => columnByName.has(name as never));
  const others = [summaryColumn, ...names].filter(
    (name) =>
      !choice.names.includes(name) && name !== 'raw' && name.toLowerCase().includes(sought.toLowerCase()),
  );
  const item = (name: string, at?: number) => (
    <div key={name} className="row" style={{ flexWrap: 'nowrap', gap: 0 }}>
      <label className="menu-item">
        <input
          type="checkbox"
          checked={at !== undefined}
          onChange={() => onChange(toggleColumn(choice, name))}
        />
        {name}
      </label>
      {at !== undefined && (
        <>
          <button
            type="button"
            className="quiet-button bare square"
            aria-label={`Move ${name} to the left`}
            disabled={at === 0}
            onClick={() => onChange(moveColumn(choice, name, -1))}
          >
            <IconArrowUp size={14} aria-hidden="true" />
          </button>
          <button
            type="button"
            className="quiet-button bare square"
            aria-label={`Move ${name} to the right`}
            disabled={at === choice.names.length - 1}
            onClick={() => onChange(moveColumn(choice, name, 1))}
          >
            <IconArrowDown size={14} aria-hidden="true" />
          </button>
        </>
      )}
    </div>
  );
  return (
    <Dropdown
      title="Choose columns"
      align="right"
      label={
        <>
          <IconColumns size={16} aria-hidden="true" />
          Columns
        </>
      }
    >
      {() => (
        <div className="stack" style={{ gap: 4, width: 264 }}>
          {choice.names.map(item)}
          <input
            className="field"
            placeholder="Find a column"
            aria-label="Find a column"
            value={sought}
            onChange={(event) => setSought(event.target.value)}
          />
          {others.map((name) => item(name))}
          <button type="button" className="quiet-button" onClick={() => onChange(defaultColumns)}>
            Back to the default columns
          </button>
        </div>
      )}
    </Dropdown>
  );
}
