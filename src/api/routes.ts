/** Every route of the API, from the parts that answer: what the server mounts beside receivers and access. */
import type { Route } from '../access/route.ts';
import type { Vocabulary } from '../core/spec.ts';
import type { Quarantine } from '../ingest/quarantine.ts';
import type { Fields } from '../query/fields.ts';
import type { Reader } from '../store/read.ts';
import { type BackupRouteParts, backupsRoute } from './backups.ts';
import { eventsRoutes } from './events.ts';
import { fieldsRoutes } from './fields.ts';
import { type HealthParts, healthRoutes } from './health.ts';
import { type LiveRouteParts, liveRoute } from './live.ts';
import { quarantineRoutes } from './quarantine.ts';
import { queryRoute } from './query.ts';
import { createReplay, type ReplayParts } from './replay.ts';
import { sampleRoutes } from './sample.ts';
import { schemaRoutes } from './schemas.ts';
import { sendersRoute } from './senders.ts';
import { type StatusParts, statusRoute } from './status.ts';
import { type TailParts, tailRoute } from './tail.ts';

export interface ApiParts {
  readonly reader: Reader;
  readonly fields: Fields;
  /** All there are, for their schemas. */
  readonly vocabularies: readonly Vocabulary[];
  readonly quarantine: Quarantine;
  readonly replay: Omit<ReplayParts, 'quarantine'>;
  readonly senders: Parameters<typeof sendersRoute>[0];
  readonly sample: Parameters<typeof sampleRoutes>[0];
  readonly health: HealthParts;
  readonly status: StatusParts;
  readonly backups: BackupRouteParts;
  readonly live: LiveRouteParts;
  readonly tail: Omit<TailParts, 'fields' | 'mask'>;
}

export const apiRoutes = (parts: ApiParts): Route[] => {
  const { reader, fields, quarantine } = parts;
  return [
    queryRoute(reader),
    ...eventsRoutes(reader),
    ...fieldsRoutes({ fields, reader }),
    ...schemaRoutes(parts.vocabularies),
    tailRoute({ ...parts.tail, fields, mask: reader.mask }),
    liveRoute(parts.live),
    ...quarantineRoutes(quarantine, createReplay({ ...parts.replay, quarantine })),
    sendersRoute(parts.senders),
    ...sampleRoutes(parts.sample),
    statusRoute(parts.status),
    backupsRoute(parts.backups),
    ...healthRoutes(parts.health),
  ];
};
