/** `gatescope doctor`: looks at this machine the way the server will, and says what to do about what it finds. */
import { constants } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Command } from 'commander';
import { thresholds } from '../journal/disk.ts';
import { nodeFiles } from '../journal/files.ts';
import { journalSettings } from '../settings/for-parts.ts';
import { loadSettings } from '../settings/load.ts';
import { problemText } from '../settings/problem.ts';
import { readRegular } from '../settings/regular-file.ts';
import type { Settings } from '../settings/settings.ts';
import { type CliContext, type ExitCode, exit } from './context.ts';
import { probeEngine } from './engine-probe.ts';
import { neededNode, tooOldNode } from './needed-node.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson } from './output.ts';
import { addSettings, type SettingsOptions } from './settings-options.ts';

type Options = SettingsOptions & OutputOptions;

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was found and, unless it is fine, what to do. */
  readonly message: string;
}

const finding = (check: string, state: Finding['state'], message: string): Finding => ({
  check,
  state,
  message,
});
const reason = (error: unknown): string => (error as Error).message;

function checkNode(version: string): Finding {
  const major = Number(version.split('.')[0]);
  return major >= neededNode
    ? finding('node', 'ok', `Node ${version}`)
    : finding('node', 'fail', tooOldNode(version));
}

/** The folder itself, or its nearest parent that is there. */
async function existing(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : existing(parent);
  }
}

async function checkData({ data }: Settings): Promise<Finding> {
  const folder = await existing(data);
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = await mkdtemp(join(folder, '.gatescope-doctor-'));
    await rm(probe, { recursive: true });
    return finding('data', 'ok', folder === data ? data : `${data} will be made`);
  } catch (error) {
    return finding('data', 'fail', `${reason(error)}: let this user write there, or set GATESCOPE_DATA.`);
  }
}

async function checkDisk(settings: Settings): Promise<Finding> {
  const { free, total } = await nodeFiles.space(await existing(settings.data));
  const { full, low } = thresholds(total, journalSettings(settings).disk);
  const found = `${(free / 1e9).toFixed(1)} GB free, ${((free / total) * 100).toFixed(0)} %`;
  if (free < full)
    return finding(
      'disk',
      'fail',
      `${found}: nothing would be taken in. Make room, or move the data folder.`,
    );
  return free < low
    ? finding('disk', 'warn', `${found}: make room, or lower retention.maxShare.`)
    : finding('disk', 'ok', found);
}

const tryPort = (host: string, port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });

async function checkPort(context: CliContext, { host, port, tls, basePath }: Settings): Promise<Finding> {
  const error = await tryPort(host, port);
  if (error === undefined) return finding('port', 'ok', `${host}:${port} is free`);
  if (error.code !== 'EADDRINUSE')
    return finding(
      'port',
      'fail',
      `${error.message}: set GATESCOPE_HOST and GATESCOPE_PORT to what this user may have.`,
    );
  const address = `${tls === undefined ? 'http' : 'https'}://${host}:${port}${basePath}/livez`;
  const answer = await context.fetch(address, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined);
  return answer?.ok === true
    ? finding('port', 'ok', `${host}:${port} is in use by a server that says it is alive`)
    : finding('port', 'fail', `${host}:${port} is taken by another program: stop it, or set GATESCOPE_PORT.`);
}

async function checkTls({ host, tls }: Settings): Promise<Finding> {
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  if (tls === undefined)
    return loopback
      ? finding('tls', 'ok', 'not needed on loopback')
      : finding(
          'tls',
          'warn',
          `tokens cross the network in clear on ${host}: set tls.cert and tls.key, or put a proxy before it.`,
        );
  try {
    const [cert, key] = await Promise.all([readRegular(tls.cert), readRegular(tls.key)]);
    createSecureContext({ cert, key });
    return finding('tls', 'ok', tls.cert);
  } catch (error) {
    return finding(
      'tls',
      'fail',
      `${reason(error)}: tls.cert and tls.key must be a PEM pair this user may read.`,
    );
  }
}

function checkAdminToken({ adminToken }: Settings): Finding {
  if (adminToken === undefined) return finding('adminToken', 'ok', 'none is fixed');
  return adminToken.length < 24
    ? finding('adminToken', 'warn', 'is short enough to be guessed: use at least 24 random characters.')
    : finding('adminToken', 'ok', 'fixed by the settings');
}

async function checkStore(context: CliContext, { store }: Settings): Promise<Finding> {
  if (store === undefined) {
    const problem = await probeEngine();
    return problem === undefined
      ? finding('engine', 'ok', 'the embedded engine loads')
      : finding(
          'engine',
          'fail',
          `${problem}: install again with npm install, on a platform that chdb has a build for.`,
        );
  }
  const address = new URL('/ping', store.url);
  const answer = await context
    .fetch(address, { signal: AbortSignal.timeout(5_000) })
    .catch((error) => error as Error);
  if (answer instanceof Error)
    return finding(
      'store',
      'fail',
      `${address.origin} does not answer (${reason(answer.cause ?? answer)}): check store.url.`,
    );
  return answer.ok
    ? finding('store', 'ok', `${address.origin} answers`)
    : finding(
        'store',
        'fail',
        `${address.origin} answered ${answer.status}: is it the HTTP port of ClickHouse?`,
      );
}

async function* examine(context: CliContext, options: Options): AsyncGenerator<Finding> {
  yield checkNode(process.versions.node);
  const loaded = loadSettings({
    environment: context.environment,
    ...(options.config === undefined ? {} : { file: options.config }),
    overrides: { GATESCOPE_DATA: options.data },
  });
  if (!loaded.ok) {
    for (const problem of loaded.error) yield finding('settings', 'fail', problemText(problem));
    return;
  }
  const settings = loaded.value;
  yield finding('settings', 'ok', 'no mistakes');
  yield await checkData(settings);
  yield await checkDisk(settings);
  yield await checkPort(context, settings);
  yield await checkTls(settings);
  yield checkAdminToken(settings);
  yield await checkStore(context, settings);
}

async function examineAll(context: CliContext, options: Options): Promise<ExitCode> {
  let code: ExitCode = exit.done;
  const json = outputForm(context, options) === 'json';
  for await (const found of examine(context, options)) {
    if (found.state === 'fail') code = found.check === 'settings' ? exit.settings : exit.failed;
    const { check, state, message } = found;
    await (json
      ? printJson(context, found)
      : print(context, `${state.padEnd(4)}  ${check.padEnd(10)}  ${message}\n`));
  }
  return code;
}

const examples = `
Ends with 1 when something would keep Gatescope from running, with 78 when it is the settings.

Examples:
  $ gatescope doctor
  $ gatescope doctor -o json | jq 'select(.state != "ok")'
`;

export function doctor(command: Command, context: CliContext): void {
  addOutput(addSettings(command))
    .addHelpText('after', examples)
    .action(async (options: Options) => context.ended(await examineAll(context, options)));
}
