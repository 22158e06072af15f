/** Something looked at beside the page: slides in from the right, closes on Escape. */
import { Drawer } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';

export interface SideDrawerProps {
  /** Said by screen readers. */
  readonly label: string;
  readonly title: ReactNode;
  /** Pixels. */
  readonly size: number;
  /** Whether the page beside it stays in use, with its top bar in reach. */
  readonly beside?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function SideDrawer({ label, title, size, beside = false, onClose, children }: SideDrawerProps) {
  const [inner] = useState(() => (beside ? belowTopBar() : {}));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={size}
      padding={12}
      withCloseButton={false}
      withOverlay={!beside}
      lockScroll={!beside}
      trapFocus={!beside}
      closeOnClickOutside={!beside}
      transitionProps={{ duration: 0 }}
      attributes={{ content: { 'aria-label': label } }}
      styles={{ inner, content: { borderLeft: '1px solid var(--line)', boxShadow: 'var(--shadow)' } }}
    >
      <div className="spread" style={{ alignItems: 'flex-start', marginBottom: 8 }}>
        <h2 style={{ overflowWrap: 'anywhere', lineHeight: '32px', minWidth: 0 }}>{title}</h2>
        <button
          type="button"
          className="quiet-button bare square"
          aria-label={`Close ${label.toLowerCase()}`}
          onClick={onClose}
        >
          <IconX size={18} aria-hidden="true" />
        </button>
      </div>
      {children}
    </Drawer>
  );
}

/** Where there is room beside the drawer it begins below the top bar. */
function belowTopBar(): { top?: number; height?: string } {
  if (window.innerWidth <= 1100) return {};
  const bar = document.querySelector('.top-bar')?.getBoundingClientRect().bottom ?? 0;
  return { top: bar, height: `calc(100dvh - ${bar}px)` };
}
