/** The top bar, the same on every page: what is asked, of when, and how often. */
import { IconArrowsDiff, IconCommand, IconMenu2, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { usePatch, useView } from '../context.tsx';
import { FilterBar } from '../search/filter-bar.tsx';
import { Range, Zone } from './range.tsx';

export function TopBar({ onMenu, onPalette }: { onMenu: () => void; onPalette: () => void }) {
  const view = useView();
  const patch = usePatch();
  const queries = useQueryClient();
  const fetching = useIsFetching({ predicate: (query) => query.queryKey[0] === 'data' }) > 0;
  return (
    <header className="top-bar">
      <button
        type="button"
        className="quiet-button square narrow-only"
        aria-label="Show the pages"
        onClick={onMenu}
      >
        <IconMenu2 size={18} aria-hidden="true" />
      </button>
      <div className="filter-place">
        <FilterBar />
      </div>
      <Range />
      <div className="wide-only">
        <Zone />
      </div>
      <button
        type="button"
        className="quiet-button"
        aria-pressed={view.compare}
        title="Compare with the period before"
        onClick={() => patch({ compare: view.compare ? undefined : 'previous' })}
      >
        <IconArrowsDiff size={16} aria-hidden="true" />
        <span className="bar-word">Compare</span>
      </button>
      <div className="button-group">
        <button
          type="button"
          className="quiet-button square"
          title="Refresh"
          aria-label="Refresh"
          onClick={() => void queries.invalidateQueries({ queryKey: ['data'] })}
        >
          <IconRefresh size={16} aria-hidden="true" className={fetching ? 'turning' : ''} />
        </button>
        <button
          type="button"
          className="quiet-button"
          aria-pressed={view.live}
          title={view.live ? 'Stop following' : 'Follow what comes in'}
          onClick={() =>
            patch(view.live ? { live: undefined } : { live: '1', to: undefined, ...fromForLive(view.from) })
          }
        >
          <IconPlayerPlay size={16} aria-hidden="true" />
          <span className="bar-word">Live</span>
        </button>
      </div>
      <button
        type="button"
        className="quiet-button square wide-only"
        title="Find anything (Ctrl K)"
        aria-label="Find anything"
        onClick={onPalette}
      >
        <IconCommand size={16} aria-hidden="true" />
      </button>
    </header>
  );
}

// What is followed ends now, so a range in the past cannot be.
const fromForLive = (from: string) => (from.startsWith('now') ? {} : { from: 'now-15m' });
