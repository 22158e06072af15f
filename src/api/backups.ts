/** `POST /api/backups`: a backup of this server, made on its own machine, with its progress as server-sent events. */
import { setTimeout as sleep } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import type { Access } from '../access/access.ts';
import { administersInstallation } from '../access/allows.ts';
import { ApiError } from '../access/api-error.ts';
import type { Authenticate } from '../access/authenticate.ts';
import type { GuardedRoute } from '../access/route.ts';
import { actorOf } from '../access/token-routes.ts';
import type { Backups } from '../backup/backups.ts';
import { allowedStill } from './admission.ts';
import { openEventStream } from './event-stream.ts';
import { parametersOf } from './parameters.ts';

const Wanted = Type.Object(
  {
    folder: Type.String({
      description: 'Folder on the machine of the server, absolute; empty but for the proof.',
      minLength: 1,
    }),
    proof: Type.String({
      description:
        'Text of the file `backup-order` in it, which shows that you can write there; at least 32 characters.',
      minLength: 32,
    }),
    since: Type.Optional(
      Type.String({
        description: 'Folder of an earlier backup, absolute; what it has is taken from it.',
        minLength: 1,
      }),
    ),
  },
  { additionalProperties: false },
);

/** The data of `done`. */
export const BackupMade = Type.Object({
  folder: Type.String(),
  id: Type.String(),
  created: Type.String(),
  position: Type.Integer(),
  files: Type.Integer(),
  bytes: Type.Integer(),
  store: Type.Boolean({
    description: 'False where the store is on a server elsewhere, which has backups of its own.',
  }),
  needs: Type.Array(Type.String({ description: 'Folders of other backups that hold some of its files.' })),
});
export type BackupMade = Static<typeof BackupMade>;

export interface BackupRouteParts {
  readonly backups: Backups;
  readonly record: Access['record'];
  readonly authenticate: Authenticate;
  readonly closing: AbortSignal;
}

/** Milliseconds between two events `progress`. */
const every = 250;

export const backupsRoute = (parts: BackupRouteParts): GuardedRoute => ({
  method: 'POST',
  url: '/api/backups',
  doc: 'Makes a backup, for administrators of the default tenant. Sends `progress`, then `done` or `failed`, as server-sent events; the backup stops when the connection ends.',
  tag: 'health',
  access: { scope: 'admin' },
  produces: 'text/event-stream',
  schema: { querystring: parametersOf({}), body: Wanted, response: { 200: BackupMade } },
  async handle({ principal, request, reply }) {
    if (!administersInstallation(principal))
      throw new ApiError(
        403,
        'Not from this tenant',
        'Backups are of all tenants, and made from the default tenant.',
      );
    const { backups, record, authenticate, closing } = parts;
    const { folder, proof, since } = request.body as Static<typeof Wanted>;
    const leaving = new AbortController();
    const order = { folder, proof, ...(since === undefined ? {} : { since }) };
    const begun = await backups.begin(order, leaving.signal);
    if (!begun.ok) {
      const { path, reason, busy } = begun.error;
      if (busy === true) throw new ApiError(503, 'Not now', `${reason}.`, { retryAfter: 5 });
      throw new ApiError(400, 'No backup there', `${reason}.`, { errors: [{ path, reason }] });
    }
    const backup = begun.value;
    const stream = openEventStream(reply, {
      closing,
      allowed: () => allowedStill(authenticate, request, principal),
    });
    stream.over.addEventListener('abort', () => leaving.abort(), { once: true });
    if (stream.over.aborted) leaving.abort();
    const actor = actorOf(principal, request);
    const facts = { actor, entityType: 'backup', entityId: backup.folder } as const;

    const report = async (): Promise<void> => {
      const waiting = new AbortController();
      const progress = (async () => {
        while (!waiting.signal.aborted) {
          await sleep(every, undefined, { signal: waiting.signal }).catch(() => {});
          if (backup.progress !== undefined && stream.room) stream.send('progress', backup.progress);
        }
      })();
      const made = await backup.done;
      waiting.abort();
      await progress;
      await record(
        made.ok
          ? {
              ...facts,
              action: 'backup.made',
              outcome: 'success',
              message: `a backup was made in ${backup.folder}`,
            }
          : {
              ...facts,
              action: 'backup.failed',
              outcome: 'failure',
              message: `a backup in ${backup.folder} was stopped: ${made.error.reason}`,
            },
      );
      if (made.ok) {
        const { id, created, position, files, bytes, store, needs } = made.value;
        const facts: BackupMade = {
          folder: backup.folder,
          id,
          created,
          position,
          files,
          bytes,
          store: store !== null,
          needs: needs.map((needed) => needed.folder),
        };
        stream.send('done', facts);
      } else stream.send('failed', { reason: made.error.reason });
      stream.end();
    };
    void report().catch((error: unknown) => {
      stream.send('failed', { reason: String(error) });
      stream.end();
    });
    return stream.body;
  },
});
