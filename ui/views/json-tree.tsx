/** JSON as a tree that folds. Deep or long parts are drawn when they are opened. */
import { useState } from 'react';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const openedDepth = 2;

export function JsonTree({ value }: { value: unknown }) {
  return (
    <div className="json-tree">
      <Node value={value as Json} depth={0} />
    </div>
  );
}

function Node({ name, value, depth }: { name?: string; value: Json; depth: number }) {
  const [open, setOpen] = useState(depth < openedDepth);
  const key = name === undefined ? null : <span className="json-key">{name}: </span>;
  if (value === null || typeof value !== 'object') {
    return (
      <div>
        {key}
        <span className={typeof value === 'string' ? 'json-text' : 'json-other'}>
          {JSON.stringify(value)}
        </span>
      </div>
    );
  }
  const entries = Object.entries(value);
  const [start, end] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    return (
      <div>
        {key}
        {start}
        {end}
      </div>
    );
  }
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {key}
        {start}
        {!open && <span className="dim">{` ${entries.length} ${end}`}</span>}
      </summary>
      {open && (
        <>
          <div className="inside">
            {entries.map(([entry, inner]) => (
              <Node key={entry} name={entry} value={inner} depth={depth + 1} />
            ))}
          </div>
          {end}
        </>
      )}
    </details>
  );
}
