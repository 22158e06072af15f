/** What is wider than a narrow screen scrolls in a box of its own, which the keyboard reaches. */
import type { CSSProperties, ReactNode } from 'react';

export function ScrollX(props: { label: string; style?: CSSProperties; children: ReactNode }) {
  const { label, style, children } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="scroll-x" role="group" aria-label={label} tabIndex={0} style={style}>
      {children}
    </div>
  );
}
