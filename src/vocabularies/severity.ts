/** Severities in the words of loggers, and in the numbers of OpenTelemetry. */
import { type Severity, severities } from '../core/event.ts';

const words: ReadonlyMap<string, Severity> = new Map<string, Severity>([
  ...severities.map((severity) => [severity, severity] as const),
  ['trace', 'debug'],
  ['information', 'info'],
  ['informational', 'info'],
  ['warn', 'warning'],
  ['err', 'error'],
  ['severe', 'error'],
  ['crit', 'critical'],
  ['fatal', 'critical'],
  ['panic', 'critical'],
  ['alert', 'critical'],
  ['emerg', 'critical'],
  ['emergency', 'critical'],
]);

/** Whatever its case; undefined for a word that is none. */
export const severityIn = (value: unknown): Severity | undefined =>
  typeof value === 'string' ? words.get(value.toLowerCase()) : undefined;

const numbered: readonly Severity[] = ['debug', 'debug', 'info', 'warning', 'error', 'critical'];

/** Of a SeverityNumber: 1 to 24, four for each of trace, debug, info, warn, error and fatal. */
export const severityAt = (value: unknown): Severity | undefined =>
  typeof value === 'number' ? numbered[Math.ceil(value / 4) - 1] : undefined;
