/** What a view shows when it has nothing else to show: an error, or a page that is not there. */
import { IconAlertTriangle, IconCopy, IconRefresh } from '@tabler/icons-react';
import { Refused, Unreachable } from '../api.ts';

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function details(error: unknown): string {
  if (error instanceof Refused) return JSON.stringify(error.problem, null, 2);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export interface FailureProps {
  readonly error: unknown;
  /** What happened, in a few words. */
  readonly what: string;
  readonly onRetry?: (() => void) | undefined;
}

/** What happened in words, what to do, retry, and the details to copy. */
export function Failure({ error, what, onRetry }: FailureProps) {
  const problem = error instanceof Refused ? error.problem : undefined;
  return (
    <div className="state" role="alert">
      <h2 className="row">
        <IconAlertTriangle size={16} color="var(--failure-text)" aria-hidden="true" />
        {what}
      </h2>
      <p>{wordsOf(error)}</p>
      {problem?.errors?.map((part) => (
        <p key={`${part.path} ${part.reason}`} className="dim">
          {part.path !== '' && <code>{part.path}</code>} {part.reason}
        </p>
      ))}
      <div className="row">
        {onRetry !== undefined && (
          <button type="button" className="quiet-button" onClick={onRetry}>
            <IconRefresh size={16} aria-hidden="true" />
            Try again
          </button>
        )}
        {!(error instanceof Unreachable) && (
          <details>
            <summary className="dim">Details</summary>
            <pre className="scroll-x">{details(error)}</pre>
            <CopyButton text={details(error)} label="Copy details" />
          </details>
        )}
      </div>
    </div>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  return (
    <button
      type="button"
      className="quiet-button"
      onClick={(event) => {
        const button = event.currentTarget;
        void navigator.clipboard?.writeText(text).then(() => {
          button.classList.add('on');
          setTimeout(() => button.classList.remove('on'), 1200);
        });
      }}
    >
      <IconCopy size={14} aria-hidden="true" />
      {label}
    </button>
  );
}

export function NotFound() {
  return (
    <div className="state">
      <h2>There is no such page</h2>
      <p className="dim">The pages that exist are in the rail on the left.</p>
    </div>
  );
}

/** The address names a tenant that is gone, or that this person may not see. */
export function NoTenant({ tenant, onLeave }: { tenant: string; onLeave: () => void }) {
  return (
    <div className="panel state">
      <h1>There is no tenant {tenant} here</h1>
      <p className="dim">It was removed, or it is not yours to see.</p>
      <button type="button" className="quiet-button on" onClick={onLeave}>
        Back to my events
      </button>
    </div>
  );
}
