/**
 * OpenZiti tells of a change in two phases (OpenZiti events documentation): what is about to change, then `committed`
 * under the same event id when it is stored. A change that was refused has no second phase; a `committed` alone, of which
 * the first was never seen, is common at the start of a controller and says nothing.
 *
 *   nothing ─ change ─▶ waiting ─ committed ─▶ confirmed        nothing ─ committed ─▶ committed ─ change ─▶ confirmed
 *                          └─ time ─▶ unconfirmed ─ committed ─▶ taken back, confirmed
 */
import type { Named, NamedKind } from '../core/named.ts';
import { flag, list, text } from '../vocabularies/fields.ts';
import { addressOf, flagOf, objectOf, textOf } from '../vocabularies/reading.ts';
import { derivedType } from './derived.ts';
import { differences } from './differences.ts';
import { type DerivedRecord, type Fold, type FoldContext, type FoldInput, takenBack } from './fold.ts';

const change = derivedType({
  name: 'change',
  doc: 'A change of an entity of OpenZiti, confirmed when its commit has come, and unconfirmed when that is overdue.',
  family: 'audit',
  columns: [
    'action',
    'outcome',
    'gateway',
    'entityType',
    'entityId',
    'service',
    'serviceId',
    'consumer',
    'consumerId',
    'user',
    'identityType',
    'clientIp',
    'method',
    'message',
  ],
  fields: {
    change: text('What was done to the entity: created, updated or deleted.', { attribute: true }),
    entityName: text('Name of the entity, as it is after the change.', { attribute: true, personal: true }),
    changed: text('Names of the fields that an update has changed, parted by blanks.', { attribute: true }),
    isParentEvent: flag('Whether only the parent’s part of an entity is told.', { attribute: true }),
    source: text('Where the change came from, such as rest or ctrl.channel.', { attribute: true }),
    changes: list('Fields with what they were and what they became, secrets redacted.'),
  },
  example: {
    vocabulary: 'openziti',
    type: 'change',
    id: '4b1f02a8-5a1d-4c55-9a3e-8f0c6d2e7b90/confirmed',
    causedBy: '4b1f02a8-5a1d-4c55-9a3e-8f0c6d2e7b90/updated',
    depth: 1,
    time: 1795264997687641,
    action: 'confirmed',
    outcome: 'success',
    gateway: 'ctrl-berlin',
    entityType: 'services',
    entityId: '2Hq7LmVx0bN4dKwTe9uRsZ',
    service: 'ledger-db',
    serviceId: '2Hq7LmVx0bN4dKwTe9uRsZ',
    consumer: 'Mira Holt',
    consumerId: 'kT4xQ0wEz',
    user: 'Mira Holt',
    identityType: 'identity',
    clientIp: '203.0.113.24',
    method: 'PATCH',
    message: 'updated services ledger-db',
    change: 'updated',
    entityName: 'ledger-db',
    changed: 'roleAttributes',
    isParentEvent: false,
    source: 'rest',
    changes: [{ field: 'roleAttributes', from: ['db'], to: ['db', 'restricted'] }],
  },
});

/** The entities whose names others are told by. */
const namedKinds: Readonly<Record<string, NamedKind>> = {
  services: 'service',
  identities: 'identity',
  routers: 'router',
};

/** `change` is what is told, whether it is confirmed or not, under the bare id of the change. */
type State =
  | { readonly phase: 'waiting' | 'unconfirmed'; readonly change: DerivedRecord }
  | { readonly phase: 'committed' | 'confirmed' };

/** How long a commit may be late (microseconds). */
const late = 86_400e6;

function changeOf({ event, record }: FoldInput, { nameOf }: FoldContext): DerivedRecord {
  const metadata = objectOf(record.metadata);
  const author = objectOf(metadata.author);
  const source = objectOf(metadata.source);
  const [before, after] = [objectOf(record.initialState), objectOf(record.finalState)];
  const entityType = textOf(record.entityType);
  const entityId = textOf(after.id) ?? textOf(before.id);
  const entityName = textOf(after.name) ?? textOf(before.name);
  const isService = entityType === 'services';
  const authorId = textOf(author.id);
  const authorName = textOf(author.name) ?? nameOf('identity', authorId);
  const done = textOf(record.eventType) ?? 'changed';
  const changes = differences(before, after).filter(({ field }) => field !== 'updatedAt');
  return {
    vocabulary: 'openziti',
    type: 'change',
    id: textOf(record.eventId) ?? '',
    causedBy: event.id,
    depth: 1,
    time: event.time,
    gateway: textOf(record.event_src_id),
    entityType,
    entityId,
    service: isService ? entityName : undefined,
    serviceId: isService ? entityId : undefined,
    consumer: authorName,
    consumerId: authorId,
    user: author.type === 'identity' ? (authorName ?? authorId) : undefined,
    identityType: textOf(author.type),
    clientIp: addressOf(source.remoteAddr),
    method: source.type === 'rest' ? textOf(source.method) : undefined,
    // Who may not see personal data may see what was done.
    message: [done, entityType, entityType === 'identities' ? entityId : (entityName ?? entityId)]
      .join(' ')
      .trim(),
    change: done,
    entityName,
    changed: done === 'updated' ? changes.map(({ field }) => field).join(' ') : undefined,
    isParentEvent: flagOf(record.isParentEvent),
    source: textOf(source.type),
    changes,
  };
}

const told = (change: DerivedRecord, action: 'confirmed' | 'unconfirmed'): DerivedRecord => ({
  ...change,
  id: `${change.id}/${action}`,
  action,
  outcome: action === 'confirmed' ? 'success' : 'unknown',
});

/** The name that the change has given. */
function learned(record: DerivedRecord): readonly Named[] {
  const kind = namedKinds[String(record.entityType)];
  const [id, name] = [textOf(record.entityId), textOf(record.entityName)];
  const isNaming = kind !== undefined && record.change !== 'deleted';
  if (!isNaming || id === undefined || name === undefined) return [];
  return [{ kind, id, name, since: record.time }];
}

export const openzitiChanges: Fold<State> = {
  name: 'openziti-changes',
  doc: 'Two-phase changes of OpenZiti: confirmed by their commit, unconfirmed without one.',
  vocabulary: 'openziti',
  reads: [{ type: 'entityChange' }],
  makes: [change],
  most: 100_000,
  key({ record }) {
    const id = textOf(record.eventId);
    return id === undefined ? undefined : `${textOf(record.event_src_id) ?? ''}/${id}`;
  },
  step(state, input, context) {
    const now = input.event.received;
    const confirmed = (whole: DerivedRecord, before: readonly DerivedRecord[] = []) => ({
      keep: { state: { phase: 'confirmed' as const }, until: now + context.confirmation },
      derived: [...before, told(whole, 'confirmed')],
      learned: learned(whole),
    });
    if (input.record.eventType === 'committed') {
      if (state === undefined)
        return { keep: { state: { phase: 'committed' }, until: now + context.confirmation } };
      if (state.phase === 'waiting') return confirmed(state.change);
      if (state.phase === 'unconfirmed')
        return confirmed(state.change, [takenBack(told(state.change, 'unconfirmed'))]);
      return undefined;
    }
    if (state !== undefined && state.phase !== 'committed') return undefined;
    const whole = changeOf(input, context);
    if (state?.phase === 'committed') return confirmed(whole);
    return { keep: { state: { phase: 'waiting', change: whole }, until: now + context.confirmation } };
  },
  expire(state, due) {
    if (state.phase !== 'waiting') return {};
    return {
      keep: { state: { phase: 'unconfirmed', change: state.change }, until: due + late },
      derived: [told(state.change, 'unconfirmed')],
    };
  },
};
