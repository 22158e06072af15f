/** The tenants: whose events are kept apart from whose. */

import { useQuery } from '@tanstack/react-query';
import { useApi, usePatch, useTenant, useView } from '../../context.tsx';
import { formatTime } from '../../time.ts';
import { useDataKey } from '../../use-data.ts';
import { Panel } from '../../views/panel.tsx';
import { ScrollX } from '../../views/scroll-x.tsx';

export function Tenants() {
  const api = useApi();
  const patch = usePatch();
  const current = useTenant();
  const { tz } = useView();
  const answer = useQuery({ queryKey: useDataKey('tenants'), queryFn: () => api.tenants() });
  return (
    <Panel title="Tenants" answer={answer} height={120}>
      {({ tenants }) => (
        <ScrollX label="Table of tenants">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Created</th>
                <th scope="col">
                  <span className="visually-hidden">Act in it</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tenants.map(({ name, created }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td className="mono">{created === undefined ? '' : formatTime(created, tz, false)}</td>
                  <td className="numeric">
                    {name === current ? (
                      <span className="dim">shown now</span>
                    ) : (
                      <button type="button" className="quiet-button" onClick={() => patch({ tenant: name })}>
                        Show {name}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
    </Panel>
  );
}
