/** An event as one line for people. */
import type { ApiEvent } from '../core/frame.ts';
import { amount } from './amount.ts';

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Time, outcome, what happened and to whom; ends with a line feed. */
export function eventLine(event: ApiEvent): string {
  const request = [text(event.method), text(event.path), text(event.status)].filter((part) => part !== '');
  const happened = request.length > 0 ? request : [text(event.action), text(event.message)];
  const parts = [
    text(event.time).slice(0, 23).replace('T', ' '),
    text(event.outcome).padEnd(11),
    `${text(event.vocabulary)}/${text(event.type)}`,
    text(event.service),
    ...happened,
    event.duration === undefined ? '' : amount(event.duration, 'us'),
    text(event.consumer),
    text(event.denialReason),
  ].filter((part) => part !== '');
  // What a gateway was sent may hold control characters that would rule the terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant.
  return `${parts.join(' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')}\n`;
}
