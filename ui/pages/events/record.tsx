/** The record exactly as received, secrets redacted: as a tree, and byte for byte. */
import { useState } from 'react';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { JsonTree } from '../../views/json-tree.tsx';
import { CopyButton } from '../../views/states.tsx';

export function Record({ event }: { event: ApiEvent }) {
  const raw = event.raw;
  const [asTree, setAsTree] = useState(true);
  if (typeof raw !== 'string') {
    const base64 = event.rawBase64;
    return (
      <div className="state">
        {typeof base64 === 'string' ? (
          <>
            <p className="dim">The record is not valid UTF-8. In Base64:</p>
            <pre className="scroll-x">{base64}</pre>
            <CopyButton text={base64} label="Copy" />
          </>
        ) : (
          <p className="dim">The record as received needs the scope read:raw, which you do not have here.</p>
        )}
      </div>
    );
  }
  const parsed = parse(raw);
  const tree = asTree && parsed !== undefined;
  return (
    <div style={{ paddingTop: 8 }}>
      <div className="row" style={{ marginBottom: 8 }}>
        {parsed !== undefined && (
          <div className="button-group">
            <button
              type="button"
              className="quiet-button"
              aria-pressed={tree}
              onClick={() => setAsTree(true)}
            >
              Tree
            </button>
            <button
              type="button"
              className="quiet-button"
              aria-pressed={!tree}
              onClick={() => setAsTree(false)}
            >
              Raw
            </button>
          </div>
        )}
        <CopyButton text={raw} label="Copy record" />
      </div>
      {tree ? (
        <JsonTree value={parsed} />
      ) : (
        <pre style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0 }}>{raw}</pre>
      )}
    </div>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
