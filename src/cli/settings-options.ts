/** Options of the commands that work with the settings of this machine instead of a running server. */
import type { Command } from 'commander';
import { fail, ok, type Result } from '../core/result.ts';
import { loadSettings } from '../settings/load.ts';
import { problemText } from '../settings/problem.ts';
import type { Settings } from '../settings/settings.ts';
import { type CliContext, exit, type Failure } from './context.ts';

export interface SettingsOptions {
  readonly config?: string;
  readonly data?: string;
}

export const addSettings = (command: Command): Command =>
  command
    .option('--config <file>', 'settings file (GATESCOPE_CONFIG; default gatescope.yaml, if there is one)')
    .option('--data <folder>', 'data folder (GATESCOPE_DATA; default ./data)');

/** The settings in force; what the command line says wins. */
export function settingsOf(
  { environment }: CliContext,
  options: SettingsOptions,
  more: Readonly<Record<string, string | undefined>> = {},
): Result<Settings, Failure> {
  const settings = loadSettings({
    environment,
    ...(options.config === undefined ? {} : { file: options.config }),
    overrides: { GATESCOPE_DATA: options.data, ...more },
  });
  return settings.ok
    ? ok(settings.value)
    : fail({ code: exit.settings, message: settings.error.map(problemText).join('\n') });
}
