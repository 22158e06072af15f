/**
 * Compiles the server to `dist/` for the package: Node refuses to strip types below `node_modules`. The web app is
 * built by `prepare`; both go into the tarball.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('ui/dist', 'dist/ui/dist', { recursive: true });
chmodSync('dist/src/main.js', 0o755);
