#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * Command line → one command. The only file that touches the process beside the settings.
 *
 * It is started with little room for young objects, in MB: what a large room once took it never gives back, and most of
 * what is made in passing is made in the reading threads.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { CliContext } from './cli/context.ts';
import { run } from './cli/run.ts';
import { readEnvironment } from './settings/environment.ts';

const clock = (): number => Math.round((performance.timeOrigin + performance.now()) * 1e3);

/** The version of the package, whether it runs from `src/` or from `dist/src/`. */
function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string })
        .version;
    } catch {
      // Not here: it lies one folder further up.
    }
  }
  return 'unknown';
}

/** Some containers run under a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/**
 * Bodies on their way through lie outside the heap, and count as its growth. With the limits that V8 begins with, a few
 * of them are growth enough to look through all of the heap: five times a second under load, for a fifth of all
 * processor time and in steps of up to 20 ms. Node 24 can count them together with the heap instead of by a limit of
 * 64 MB of their own; others do not know how, and would say so on stderr.
 */
function collectLessOften(): void {
  setFlagsFromString('--heap-growing-percent=75');
  if (process.versions.node.startsWith('24.'))
    setFlagsFromString('--external-memory-accounted-in-global-limit');
}

/** Aborted at the first SIGINT or SIGTERM; the second one ends the process at once. */
function stopping(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

collectLessOften();
// Whoever reads our output may stop reading, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const context: Omit<CliContext, 'ended'> = {
  environment: readEnvironment(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  fetch,
  clock,
  newId: randomUUID,
  user: userName(),
  version: version(),
  stopping: stopping(),
  startServer: async (settings, ports) => {
    // What a server makes is its user's alone: folders 0700, files 0600.
    process.umask(0o077);
    return (await import('./server.ts')).startServer(settings, ports);
  },
};

process.exitCode = await run(process.argv.slice(2), context);
