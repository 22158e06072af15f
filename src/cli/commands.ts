/** The commands there are. Each is loaded when it is asked for, so that none waits for what another needs. */
import type { Command } from 'commander';
import type { CliContext } from './context.ts';

export interface CommandEntry {
  readonly name: string;
  /** One sentence for the list of commands. */
  readonly doc: string;
  /** Adds arguments, options, examples and the deed to the command. */
  readonly load: () => Promise<(command: Command, context: CliContext) => void>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    doc: 'Serve Gatescope: take events in, answer questions.',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'ingest',
    doc: 'Send files of events.',
    load: async () => (await import('./ingest.ts')).ingest,
  },
  {
    name: 'query',
    doc: 'Ask for measures, in groups and over time.',
    load: async () => (await import('./query.ts')).query,
  },
  {
    name: 'tail',
    doc: 'Show events as they arrive.',
    load: async () => (await import('./tail.ts')).tail,
  },
  {
    name: 'catalog',
    doc: 'List and explain the event types that are understood.',
    load: async () => (await import('./catalog.ts')).catalog,
  },
  {
    name: 'explain',
    doc: 'Say what would become of each record of a file, and why.',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'retention',
    doc: 'Show how long events are kept and what is removed next.',
    load: async () => (await import('./retention.ts')).retention,
  },
  {
    name: 'token',
    doc: 'Make, list and revoke API tokens.',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'user',
    doc: 'Make and list users, and give a new password.',
    load: async () => (await import('./user.ts')).user,
  },
  {
    name: 'backup',
    doc: 'Back up a running server, and check a backup.',
    load: async () => (await import('./backup.ts')).backup,
  },
  {
    name: 'restore',
    doc: 'Make a data folder from a backup.',
    load: async () => (await import('./restore.ts')).restore,
  },
  {
    name: 'demo',
    doc: 'Start and remove sample traffic, in a tenant of its own.',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'config',
    doc: 'Check the settings.',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'doctor',
    doc: 'Look for whatever would keep Gatescope from running well here.',
    load: async () => (await import('./doctor.ts')).doctor,
  },
];
