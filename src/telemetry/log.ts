/**
 * Our own log: one line a message, as JSON or for people, never a secret, never without bound.
 *
 * Bounds: a line has at most 8 KB; of the same message at most ten in ten seconds are written, then their number.
 */
import type { Clock, Log } from '../core/ports.ts';
import { fieldsText, shownFields } from './log-fields.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface LogOptions {
  /** Least level that is written. */
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty';
  readonly clock: Clock;
  /** Takes a line with its line feed. Must not throw. */
  readonly write: (line: string) => void;
}

const longestLine = 8_192;
const window = 10e6;
const linesInWindow = 10;
const maximumMessages = 1_000;

/** Counts messages by their text; says when one may be written, and how many were not before it. */
function createGate(
  clock: Clock,
): (message: string) => { readonly open: boolean; readonly withheld: number } {
  const seen = new Map<string, { since: number; lines: number; withheld: number }>();
  return (message) => {
    const now = clock();
    const known = seen.get(message);
    if (known !== undefined && now - known.since < window) {
      const open = known.lines < linesInWindow;
      if (open) known.lines++;
      else known.withheld++;
      return { open, withheld: 0 };
    }
    seen.delete(message);
    const oldest = seen.keys().next();
    if (seen.size >= maximumMessages && oldest.done === false) seen.delete(oldest.value);
    seen.set(message, { since: now, lines: 1, withheld: 0 });
    return { open: true, withheld: known?.withheld ?? 0 };
  };
}

const cut = (line: string): string => (line.length <= longestLine ? line : `${line.slice(0, longestLine)}…`);

/** A log that writes through `write`. Fields of an error have its message and stack; names of secrets hide their values. */
export function createLog({ level, format, clock, write }: LogOptions): Log {
  const gate = createGate(clock);
  const least = levels.indexOf(level);

  const line = (at: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): string => {
    const time = new Date(Math.floor(clock() / 1e3)).toISOString();
    if (format === 'pretty')
      return cut(`${time.slice(11, 23)} ${at.padEnd(5)} ${fieldsText(message, fields)}`);
    const whole = JSON.stringify({ time, level: at, message, ...fields });
    // Half a JSON object is no JSON: what is too long gives up its fields.
    return whole.length <= longestLine
      ? whole
      : JSON.stringify({ time, level: at, message: cut(message), omitted: Object.keys(fields).slice(0, 20) });
  };

  const say =
    (at: LogLevel) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (levels.indexOf(at) < least) return;
      const { open, withheld } = gate(message);
      if (!open) return;
      const shown = shownFields(withheld === 0 ? fields : { ...fields, withheld });
      write(`${line(at, shownFields({ message }).message as string, shown)}\n`);
    };

  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}
