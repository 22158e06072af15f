/**
 * Compiles the server to `dist/src/` and the web app to `dist/ui/dist/`, for the package: Node refuses to strip types
 * below `node_modules`. Both are made anew, so that nothing stale goes into a release.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (program: string, ...args: readonly string[]) =>
  execFileSync(`node_modules/.bin/${program}`, args, { cwd: root, stdio: 'inherit' });

rmSync(`${root}dist`, { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
run(
  'vite',
  'build',
  '--config',
  'ui/vite.config.ts',
  '--logLevel',
  'warn',
  '--outDir',
  `${root}dist/ui/dist`,
);
chmodSync(`${root}dist/src/main.js`, 0o755);
