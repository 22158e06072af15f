/** The left rail: the pages that exist, and what belongs to the person. */
import {
  IconChartHistogram,
  IconInbox,
  IconListSearch,
  IconLogout,
  IconMoon,
  IconSettings,
  IconSun,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useSearchState, useServer } from '../context.tsx';
import { useScheme, useToggleScheme } from '../scheme.ts';
import { sharedSearch } from '../url-state.ts';

export const pages = [
  { to: '/overview', label: 'Overview', icon: IconChartHistogram },
  { to: '/events', label: 'Events', icon: IconListSearch },
  { to: '/receivers', label: 'Receivers', icon: IconInbox },
  { to: '/settings', label: 'Settings', icon: IconSettings },
] as const;

export function Rail({ open, onLeave }: { open: boolean; onLeave: () => void }) {
  const { session, base, signOut } = useServer();
  const scheme = useScheme();
  const toggleScheme = useToggleScheme();
  const shared = sharedSearch(useSearchState());
  const Scheme = scheme === 'dark' ? IconSun : IconMoon;
  const other = scheme === 'dark' ? 'Light' : 'Dark';
  return (
    <nav className={`rail ${open ? 'open' : ''}`} aria-label="Pages" onClickCapture={onLeave}>
      <Link to="/overview" search={shared as never} className="brand">
        <img src={new URL('icon.svg', base).href} alt="" width={24} height={24} />
        <span className="rail-word">Gatescope</span>
      </Link>
      {pages.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          search={shared as never}
          className="rail-link"
          activeProps={{ className: 'active', 'aria-current': 'page' }}
          activeOptions={{ includeSearch: false }}
          title={label}
        >
          <Icon size={18} stroke={1.6} aria-hidden="true" />
          <span className="rail-word">{label}</span>
        </Link>
      ))}
      <div className="rail-space" />
      <button type="button" className="rail-link" title={`${other} theme`} onClick={toggleScheme}>
        <Scheme size={18} stroke={1.6} aria-hidden="true" />
        <span className="rail-word">{other} theme</span>
      </button>
      <button type="button" className="rail-link" title={`Sign out ${session.user}`} onClick={signOut}>
        <IconLogout size={18} stroke={1.6} aria-hidden="true" />
        <span className="rail-word cut">Sign out {session.user}</span>
      </button>
    </nav>
  );
}
