/** What a colour means, the same everywhere. The values are custom properties, so that dark and light are both designed. */
import type { Outcome } from '../../src/core/event.ts';

export interface Meaning {
  readonly label: string;
  /** Name of the custom property. */
  readonly colour: string;
  /** Unknown is drawn hollow. */
  readonly hollow?: boolean;
}

/** In the order in which they are stacked, from the bottom. */
export const outcomeMeaning: Readonly<Record<Outcome, Meaning>> = {
  success: { label: 'Success', colour: '--success' },
  unknown: { label: 'Unknown', colour: '--unknown', hollow: true },
  clientError: { label: 'Client error', colour: '--client-error' },
  denied: { label: 'Denied', colour: '--denied' },
  failure: { label: 'Failure', colour: '--failure' },
};

export const isOutcome = (value: unknown): value is Outcome =>
  typeof value === 'string' && value in outcomeMeaning;

/** The values of the custom properties in the scheme that is shown. */
export function coloursIn(_shown: 'dark' | 'light'): (property: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (property) => style.getPropertyValue(property).trim();
}
