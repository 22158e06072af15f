/** The time range: presets, bounds as a person types them, steps back and forth, and the way out of a zoom. */
import {
  IconArrowBackUp,
  IconChevronLeft,
  IconChevronRight,
  IconClock,
  IconZoomOut,
} from '@tabler/icons-react';
import { useState } from 'react';
import { usePatch, useView } from '../context.tsx';
import { describeRange, formatTime, isRelative, presets, readBound, stepRange, zoneLabel } from '../time.ts';
import { Dropdown } from './dropdown.tsx';
import { useZoom } from './zoom.tsx';

export function Range() {
  const view = useView();
  const patch = usePatch();
  const { undo } = useZoom();
  const words = describeRange(view.from, view.to, view.tz);
  const step = (by: -1 | 0 | 1) =>
    patch({ ...stepRange(view.from, view.to, by, Date.now()), live: undefined });
  return (
    <div className="button-group">
      <button
        type="button"
        className="quiet-button square"
        title="Earlier"
        aria-label="Earlier"
        onClick={() => step(-1)}
      >
        <IconChevronLeft size={16} aria-hidden="true" />
      </button>
      <Dropdown
        title={`Time range: ${words}`}
        label={
          <>
            <IconClock size={16} aria-hidden="true" />
            <span className="visually-hidden">Time range: </span>
            {words}
          </>
        }
        align="right"
      >
        {(close) => <RangeBox close={close} />}
      </Dropdown>
      <button
        type="button"
        className="quiet-button square"
        title="Later"
        aria-label="Later"
        disabled={view.to === 'now'}
        onClick={() => step(1)}
      >
        <IconChevronRight size={16} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="quiet-button square"
        title="Zoom out"
        aria-label="Zoom out"
        onClick={() => step(0)}
      >
        <IconZoomOut size={16} aria-hidden="true" />
      </button>
      {undo !== undefined && (
        <button
          type="button"
          className="quiet-button square"
          title="Undo zoom"
          aria-label="Undo zoom"
          onClick={undo}
        >
          <IconArrowBackUp size={16} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

function RangeBox({ close }: { close: () => void }) {
  const view = useView();
  const patch = usePatch();
  const written = (bound: string) => (isRelative(bound) ? bound : formatTime(bound, view.tz, false));
  const [from, setFrom] = useState(written(view.from));
  const [to, setTo] = useState(written(view.to));
  const [problem, setProblem] = useState('');
  const choose = (bounds: { from: string; to: string }) => {
    patch(bounds);
    close();
  };
  const apply = () => {
    const bounds = { from: readBound(from, view.tz), to: readBound(to, view.tz) };
    if (bounds.from === undefined || bounds.to === undefined) {
      setProblem('Write 2026-11-21 14:00, or relative to now: now-6h');
    } else choose({ from: bounds.from, to: bounds.to });
  };
  return (
    <div className="range-box">
      <div>
        {presets.map((preset) => (
          <button
            key={preset.from}
            type="button"
            className={`menu-item ${preset.from === view.from && view.to === 'now' ? 'current' : ''}`}
            onClick={() => choose({ from: preset.from, to: 'now' })}
          >
            {preset.label}
          </button>
        ))}
      </div>
      <form
        className="range-form"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <label>
          From
          <input className="field mono" value={from} onChange={(event) => setFrom(event.target.value)} />
        </label>
        <label>
          To (not included)
          <input className="field mono" value={to} onChange={(event) => setTo(event.target.value)} />
        </label>
        <p className="dim wide-only">On the clock of {view.tz}</p>
        <label className="narrow-only">
          Time zone
          <select
            className="field"
            value={view.tz}
            onChange={(event) =>
              patch({ tz: event.target.value === ownZone() ? undefined : event.target.value })
            }
          >
            {allZones().map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
        {problem !== '' && (
          <p role="alert" style={{ color: 'var(--failure-text)' }}>
            {problem}
          </p>
        )}
        <button type="submit" className="quiet-button on">
          Apply range
        </button>
      </form>
    </div>
  );
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
const allZones = (): string[] => [...new Set([ownZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];

/** The zone of every time on the page. */
export function Zone() {
  const view = useView();
  const patch = usePatch();
  const [sought, setSought] = useState('');
  const own = ownZone();
  const label = zoneLabel(Date.now(), view.tz);
  return (
    <Dropdown
      title={`Time zone: ${view.tz}`}
      label={
        <>
          <span className="visually-hidden">Time zone: </span>
          {label}
        </>
      }
      align="right"
    >
      {(close) => (
        <div className="stack" style={{ gap: 4 }}>
          <input
            className="field"
            placeholder="Find a time zone"
            aria-label="Find a time zone"
            value={sought}
            onChange={(event) => setSought(event.target.value)}
          />
          {allZones()
            .filter((zone) => zone.toLowerCase().includes(sought.toLowerCase().replaceAll(' ', '_')))
            .slice(0, 12)
            .map((zone) => (
              <button
                key={zone}
                type="button"
                className={`menu-item ${zone === view.tz ? 'current' : ''}`}
                onClick={() => {
                  patch({ tz: zone === own ? undefined : zone });
                  close();
                }}
              >
                {zone}
                {zone === own && <span className="dim">this browser</span>}
              </button>
            ))}
        </div>
      )}
    </Dropdown>
  );
}
