/**
 * What the figures of the whole installation come down to for who sees one tenant alone: nothing from which follows how
 * much others have sent. The one place where that is decided; who sees all is said by `seesInstallation`.
 */
import type { Status } from './status.ts';

/** The status without what counts through all tenants. */
export const ofOneTenant = ({ disk: _, ...status }: Status): Status => ({
  ...status,
  consumers: status.consumers.map(({ position: _, ...consumer }) => consumer),
  comparison: status.comparison && { at: status.comparison.at },
  journal: { pressure: status.journal.pressure },
});

/** Series without a tenant from which nobody learns what others do. */
const ofTheProcess: ReadonlySet<string> = new Set([
  'gatescope_store_ready',
  'nodejs_version_info',
  'process_start_time_seconds',
]);

const seriesName = /^(?:# (?:HELP|TYPE) )?([A-Za-z_:][\w:]*)/;
const tenantLabel = /[{,]tenant="([^"]*)"/;

/** Of a page of metrics the series of `tenant`, and those of the process that reveal no volume, with their comments. */
export function seriesOf(tenant: string, text: string): string {
  const lines = text.split('\n');
  const isShown = (line: string): boolean => {
    const of = tenantLabel.exec(line)?.[1];
    return of === undefined ? ofTheProcess.has(seriesName.exec(line)?.[1] ?? '') : of === tenant;
  };
  const isComment = (line: string): boolean => line.startsWith('#');
  const shown = new Set(
    lines.filter((line) => !isComment(line) && isShown(line)).map((line) => seriesName.exec(line)?.[1]),
  );
  const kept = lines.filter((line) =>
    isComment(line) ? shown.has(seriesName.exec(line)?.[1]) : isShown(line),
  );
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}
