/** What can be done with any value anywhere: filter for it, filter it out, copy it, show its field as a column. */
import { Menu } from '@mantine/core';
import { IconColumns, IconCopy, IconFilter, IconFilterOff } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useSearchState, useView } from '../context.tsx';
import { allFilters, term, withoutTerm } from '../filter-text.ts';
import { patchSearch } from '../url-state.ts';

export interface Pointed {
  readonly field: string;
  readonly value: unknown;
  /** Where the menu opens, in pixels of the window. */
  readonly x: number;
  readonly y: number;
}

export interface ValueMenuProps {
  readonly pointed: Pointed | undefined;
  readonly onClose: () => void;
  /** Whether the field is a column now; left out where there is no table. */
  readonly shown?: (field: string) => boolean;
  readonly onColumn?: (field: string) => void;
}

export function ValueMenu({ pointed, onClose, shown, onColumn }: ValueMenuProps) {
  const navigate = useNavigate();
  const search = useSearchState();
  const { q } = useView();
  if (pointed === undefined) return null;
  const { field, value } = pointed;
  const filter = (added: string) =>
    void navigate({ to: '/events', search: patchSearch(search, { q: allFilters(q, added) }) as never });
  const text = Array.isArray(value) ? value.map(String) : [value];
  const words = `${field}: ${String(text[0] ?? 'absent')}`;
  return (
    <Menu opened onClose={onClose} position="bottom-start" transitionProps={{ duration: 0 }} shadow="md">
      <Menu.Target>
        <span style={{ position: 'fixed', left: pointed.x, top: pointed.y, width: 1, height: 1 }} />
      </Menu.Target>
      <Menu.Dropdown style={{ maxWidth: 360 }}>
        <Menu.Label className="cut">{words}</Menu.Label>
        <Menu.Item leftSection={<IconFilter size={15} />} onClick={() => filter(term(field, text[0]))}>
          Filter for it
        </Menu.Item>
        <Menu.Item
          leftSection={<IconFilterOff size={15} />}
          onClick={() => filter(withoutTerm(field, text[0]))}
        >
          Filter it out
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCopy size={15} />}
          onClick={() => void navigator.clipboard?.writeText(text.join(', '))}
        >
          Copy it
        </Menu.Item>
        {onColumn !== undefined && (
          <Menu.Item leftSection={<IconColumns size={15} />} onClick={() => onColumn(field)}>
            {shown?.(field) ? `Hide the column ${field}` : `Show ${field} as a column`}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
