/** `gatescope user reset`: creates control data in a folder whose own are lost or damaged. */
import { recreateControl } from '../access/control.ts';
import { lockFolder } from '../journal/folder-lock.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { print } from './output.ts';
import { type SettingsOptions, settingsOf } from './settings-options.ts';

export async function resetControl(context: CliContext, options: SettingsOptions): Promise<ExitCode> {
  const settings = settingsOf(context, options);
  if (!settings.ok) return complain(context, settings.error);
  const { data } = settings.value;
  const failed = (message: string) => complain(context, { code: exit.failed, message });
  const lock = lockFolder(data, context.clock);
  if (!lock.ok) return failed(lock.error.reason);
  try {
    const begun = await recreateControl(data);
    if (!begun.ok) return failed(begun.error.reason);
  } finally {
    lock.value.release();
  }
  await print(
    context,
    'New control data were created: the next start creates the user admin and shows its password. Events of other ' +
      'tenants can be read again once tenants of the same names exist.\n',
  );
  return exit.done;
}
