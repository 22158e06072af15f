/**
 * A button that opens a small box below it. Closes on Escape and on a press outside, and gives the focus back.
 * Our own, because the popover of the widget library would weigh on the first chart.
 */
import { type ReactNode, useEffect, useRef, useState } from 'react';

export interface DropdownProps {
  readonly label: ReactNode;
  /** Shown as a hint; the name of the button is its label. */
  readonly title: string;
  readonly className?: string;
  /** Which edge of the button the box keeps to. */
  readonly align?: 'left' | 'right';
  readonly children: (close: () => void) => ReactNode;
}

export function Dropdown({ label, title, className = '', align = 'left', children }: DropdownProps) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hears the Escape of what is inside it
    <div
      className="dropdown"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
      }}
    >
      <button
        ref={button}
        type="button"
        className={`quiet-button ${className}`}
        title={title}
        aria-expanded={open}
        aria-haspopup="true"
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && <div className={`dropdown-box ${align}`}>{children(close)}</div>}
    </div>
  );
}
