/** Who may do what, straight in the data folder of this machine: also while a server runs on it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Access, openAccess } from '../access/access.ts';
import type { Actor } from '../access/audit.ts';
import { defaultTenant } from '../access/tenants.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { isEstablished } from '../folder/folder.ts';
import { createLog } from '../telemetry/log.ts';
import { type CliContext, exit, type Failure } from './context.ts';
import { type SettingsOptions, settingsOf } from './settings-options.ts';

export interface FolderOptions extends SettingsOptions {
  /** Default: `default`. */
  readonly tenant?: string;
}

export interface AccessFolder {
  /** To be closed by whoever opened it. */
  readonly access: Access;
  readonly data: string;
  readonly tenant: string;
  /** The person at the machine, for the audit trail. */
  readonly actor: Actor;
}

const failed = (message: string) => fail<Failure>({ code: exit.failed, message });

/** Makes no folder where there is none: a mistyped path would look like an empty Gatescope. */
export async function openAccessFolder(
  context: CliContext,
  options: FolderOptions,
): Promise<Result<AccessFolder, Failure>> {
  const settings = settingsOf(context, options);
  if (!settings.ok) return settings;
  const { data } = settings.value;
  const established = await isEstablished(data);
  if (!established && !existsSync(join(data, 'control.db')))
    return failed(
      `There is no Gatescope data in ${data}. Start the server once, or name its folder with --data.`,
    );
  const { clock, newId, stderr, user } = context;
  const write = (line: string) => void stderr.write(line);
  const log = createLog({ level: 'warn', format: 'pretty', clock, write });
  const opened = await openAccess({ data, clock, log, newId, established });
  if (!opened.ok) return failed(opened.error.reason);
  const access = opened.value;
  const tenant = options.tenant ?? defaultTenant;
  if (await access.tenants.exists(tenant))
    return ok({ access, data, tenant, actor: { kind: 'cli', id: user, name: user } });
  await access.close();
  return failed(`There is no tenant ${tenant}.`);
}
