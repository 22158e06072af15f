/** The command palette: pages, searches, and acts, by a few letters of their name. */
import { Modal } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { usePatch, useSearchState, useServer, useView } from '../context.tsx';
import { useToggleScheme } from '../scheme.ts';
import { createSearches } from '../search/searches.ts';
import { presets } from '../time.ts';
import { patchSearch, sharedSearch } from '../url-state.ts';
import { pages } from './rail.tsx';

interface Act {
  readonly kind: string;
  readonly name: string;
  run(): void;
}

function useActs(): readonly Act[] {
  const navigate = useNavigate();
  const patch = usePatch();
  const view = useView();
  const { session, signOut } = useServer();
  const toggleScheme = useToggleScheme();
  const shared = sharedSearch(useSearchState());
  const go =
    (to: string, search = shared) =>
    () =>
      void navigate({ to, search: search as never });
  const searches = createSearches(localStorage);
  const saved = searches.list('saved');
  const recent = searches.list('recent').filter((search) => !saved.includes(search));
  const find = (kind: string) => (q: string) => ({
    kind,
    name: q,
    run: go('/events', patchSearch(shared, { q })),
  });
  return [
    ...pages.map(({ to, label }) => ({ kind: 'Page', name: label, run: go(to) })),
    ...saved.map(find('Saved search')),
    ...recent.slice(0, 10).map(find('Recent search')),
    ...presets.map(({ label, from }) => ({
      kind: 'Range',
      name: label,
      run: () => patch({ from, to: undefined }),
    })),
    ...session.tenants.map((tenant) => ({
      kind: 'Tenant',
      name: tenant,
      run: () => patch({ tenant: tenant === session.tenant ? undefined : tenant, event: undefined }),
    })),
    {
      kind: 'Act',
      name: view.live ? 'Stop following' : 'Follow what comes in',
      run: () => patch({ live: view.live ? undefined : '1', to: undefined }),
    },
    {
      kind: 'Act',
      name: view.compare ? 'Stop comparing' : 'Compare with the period before',
      run: () => patch({ compare: view.compare ? undefined : 'previous' }),
    },
    { kind: 'Act', name: 'Clear the filter', run: () => patch({ q: undefined }) },
    { kind: 'Act', name: 'Change between dark and light', run: toggleScheme },
    { kind: 'Act', name: 'Sign out', run: signOut },
  ];
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const acts = useActs();
  const [sought, setSought] = useState('');
  const [selected, setSelected] = useState(0);
  const words = sought.toLowerCase().split(/\s+/);
  const found = acts
    .filter(({ kind, name }) => words.every((word) => `${kind} ${name}`.toLowerCase().includes(word)))
    .slice(0, 14);
  const run = (act: Act | undefined) => {
    onClose();
    act?.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      setSelected((selected + by + found.length) % Math.max(found.length, 1));
    } else if (event.key === 'Enter') run(found[selected]);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size={560}
      padding={8}
      yOffset="12dvh"
      transitionProps={{ duration: 0 }}
      aria-label="Find anything"
    >
      <input
        className="field"
        style={{ width: '100%' }}
        data-autofocus
        role="combobox"
        aria-label="Find anything"
        aria-expanded
        aria-controls="palette-acts"
        aria-activedescendant={`palette-act-${selected}`}
        placeholder="Pages, searches, acts"
        value={sought}
        onChange={(event) => {
          setSought(event.target.value);
          setSelected(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-acts" role="listbox" aria-label="Found" style={{ marginTop: 8 }}>
        {found.map((act, at) => (
          <button
            key={`${act.kind} ${act.name}`}
            id={`palette-act-${at}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={at === selected}
            className="menu-item"
            onClick={() => run(act)}
          >
            <span className="cut" style={{ flex: 1 }}>
              {act.name}
            </span>
            <span className="dim">{act.kind}</span>
          </button>
        ))}
        {found.length === 0 && <p className="dim">Nothing has that name.</p>}
      </div>
    </Modal>
  );
}
