/**
 * OpenZiti: told by `namespace`, in the spelling of either generation, with the id of the controller or, before 1.3, a
 * field of OpenZiti's beside it.
 */
import type { EventType, Vocabulary } from '../../core/spec.ts';
import { alert } from './alert.ts';
import { authentication } from './authentication.ts';
import { circuit } from './circuit.ts';
import { cluster } from './cluster.ts';
import { connect } from './connect.ts';
import { entityChange } from './entity-change.ts';
import { entityCount } from './entity-count.ts';
import { metrics } from './metrics.ts';
import { otherEvent } from './other-event.ts';
import { link, router, sdk, terminator } from './presence.ts';
import { service } from './service.ts';
import { apiSession, session } from './session.ts';
import { usage } from './usage.ts';

const known: readonly EventType[] = [
  alert,
  apiSession,
  authentication,
  circuit,
  cluster,
  connect,
  entityChange,
  entityCount,
  link,
  metrics,
  router,
  sdk,
  service,
  session,
  terminator,
  usage,
];

const byNamespace: ReadonlyMap<unknown, EventType> = new Map(
  known.flatMap((type) => [type.name, ...(type.aliases ?? [])].map((name) => [name, type])),
);

/** One of these is in every event; `namespace` alone is a word of many products. */
const telling = ['event_type', 'eventType', 'metric', 'counts', 'src_type', 'circuit_id'];

export const openziti: Vocabulary = {
  name: 'openziti',
  doc: 'OpenZiti 0.2x to 2: every event of its controllers, in both spellings of their namespaces.',
  types: [...known, otherEvent],
  recognise(record) {
    const { namespace } = record;
    if (typeof namespace !== 'string' || namespace === '') return undefined;
    const type = byNamespace.get(namespace);
    if (typeof record.event_src_id === 'string') return type ?? otherEvent;
    return type !== undefined && telling.some((name) => record[name] !== undefined) ? type : undefined;
  },
};
