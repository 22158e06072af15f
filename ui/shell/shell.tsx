/** The frame around every page: rail, top bar, banners, palette, and the page. */
import './shell.css';
import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { usePatch, useServer, useTenant } from '../context.tsx';
import { NoTenant } from '../views/states.tsx';
import { Banners } from './banners.tsx';
import { pages, Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';
import { ZoomProvider } from './zoom.tsx';

const Palette = lazy(() => import('./palette.tsx'));

export function Shell() {
  const [menu, setMenu] = useState(false);
  const [palette, setPalette] = useState(false);
  const { pathname } = useLocation();
  const { session } = useServer();
  const tenant = useTenant();
  const patch = usePatch();
  const known = session.tenants.includes(tenant);
  useEffect(() => {
    const page = pages.find(({ to }) => pathname.endsWith(to));
    document.title = page === undefined ? 'Gatescope' : `${page.label} · Gatescope`;
  }, [pathname]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette((shown) => !shown);
      } else if (event.key === 'Escape') setMenu(false);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <ZoomProvider>
      <div className="shell">
        <Rail open={menu} onLeave={() => setMenu(false)} />
        {menu && (
          <button
            type="button"
            className="rail-backdrop"
            aria-label="Close the pages"
            onClick={() => setMenu(false)}
          />
        )}
        <div className="main">
          <Banners known={known} />
          <TopBar onMenu={() => setMenu(true)} onPalette={() => setPalette(true)} />
          <main className="content">
            {known ? (
              <Outlet />
            ) : (
              <NoTenant tenant={tenant} onLeave={() => patch({ tenant: undefined, event: undefined })} />
            )}
          </main>
        </div>
      </div>
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </ZoomProvider>
  );
}
