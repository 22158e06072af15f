/**
 * Changes of entities, in two phases: created, updated or deleted within a transaction, then committed under the same
 * `eventId` once it holds. Until then the outcome is unknown; a change that was rejected is never committed, and a
 * commit may come for a change that nobody saw (at start, on followers).
 *
 * Both states stay in the record alone, with their secrets redacted: a change of a secret alone is therefore not among
 * the changed fields. Keys are in camel case.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, number, object, text } from '../fields.ts';
import { addressOf, filled, objectOf, textOf } from '../reading.ts';
import { changedFields } from './changed-fields.ts';
import { envelope, timeOf } from './envelope.ts';

const state = (description: string) =>
  object(description, {
    id: text('Id of the entity.'),
    name: text('Its name.', { attribute: true, personal: true }),
  });

const fields = Type.Object({
  ...envelope,
  eventId: text('Id of the change; its commit has the same.', { attribute: true }),
  eventType: text('What was done, created, updated or deleted, or committed.'),
  metadata: object('Who did it, and how; not on commits.', {
    author: object('Who did it; members may be missing or empty.', {
      type: text('Kind of author: identity, router, controller, cert, enrollment or unattributed.'),
      id: text('Id.', { personal: true }),
      name: text('Name.', { personal: true }),
    }),
    source: object('By which way.', {
      type: text('Such as rest, websocket or ctrl.channel, or the name of a job.', { attribute: true }),
      auth: text('By which API it was allowed: edge or fabric.', { attribute: true }),
      localAddr: text('Address that was called.'),
      remoteAddr: text('Address and port of the caller.', { personal: true }),
      method: text('HTTP method, or the name of an operation such as create.terminator.'),
    }),
    trace_id: text('Id that the caller gave to trace its call.', { attribute: true }),
    raft_index: number('Place in the log of the cluster.', { attribute: true }),
    version: text('Version of the controller.', { attribute: true }),
  }),
  entityType: text('Kind of entity, such as services; not on commits.'),
  isParentEvent: flag('Whether only the parent’s part of an entity is told.', { attribute: true }),
  initialState: state('The entity before; null when it was created.'),
  finalState: state('The entity after; null when it was deleted.'),
  changed: text('Made from both states of an update: the names of the fields that differ.', {
    attribute: true,
  }),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const action = textOf(record.eventType);
  const metadata = objectOf(record.metadata);
  const author = objectOf(metadata.author);
  const source = objectOf(metadata.source);
  const initial = objectOf(record.initialState);
  const final = objectOf(record.finalState);
  const entityType = textOf(record.entityType);
  const entityId = textOf(final.id) ?? textOf(initial.id);
  const isService = entityType === 'services';
  const isRest = source.type === 'rest';
  const authorName = textOf(author.name);
  const authorId = textOf(author.id);
  const attributes = readAttributes(record) ?? {};
  if (action === 'updated') {
    const changed = changedFields(initial, final).join(' ');
    if (changed !== '') attributes.changed = changed;
  }
  return filled({
    time: timeOf(record),
    action,
    severity: action === 'deleted' ? 'notice' : 'info',
    outcome: action === 'committed' ? 'success' : 'unknown',
    gateway: textOf(record.event_src_id),
    service: isService ? (textOf(final.name) ?? textOf(initial.name)) : undefined,
    serviceId: isService ? entityId : undefined,
    consumer: authorName,
    consumerId: authorId,
    identityType: textOf(author.type),
    user: author.type === 'identity' ? (authorName ?? authorId) : undefined,
    clientIp: addressOf(source.remoteAddr),
    host: textOf(source.localAddr),
    method: isRest ? textOf(source.method) : undefined,
    operation: isRest ? undefined : textOf(source.method),
    entityType,
    entityId,
    attributes,
  });
}

export const entityChange: EventType = {
  name: 'entityChange',
  doc: 'An entity was created, updated or deleted within a transaction, or such a change was committed.',
  family: 'audit',
  identity: { by: 'native', paths: ['eventId', 'eventType'] },
  fields,
  example: {
    namespace: 'entityChange',
    event_src_id: 'ctrl-berlin',
    timestamp: '2026-01-15T11:40:00.120004317+01:00',
    eventId: 'c2f0a1d4-5b7e-4e0c-8a35-6d1f9b2e7a48',
    eventType: 'updated',
    metadata: {
      author: { type: 'identity', id: 'opsAdm3Zx', name: 'Ops Admin' },
      source: {
        type: 'rest',
        auth: 'edge',
        localAddr: 'ctrl-berlin.acme.test:1280',
        remoteAddr: '198.51.100.7:50110',
        method: 'PATCH',
      },
      raft_index: 4190,
      version: 'v1.7.2',
    },
    entityType: 'services',
    isParentEvent: false,
    initialState: {
      id: '1pLx7VdQmZrK4sTn9YwGhE',
      createdAt: '2025-12-01T08:00:00Z',
      updatedAt: '2025-12-01T08:00:00Z',
      tags: {},
      isSystem: false,
      name: 'billing-db',
      terminatorStrategy: 'smartrouting',
      roleAttributes: ['databases'],
      configs: null,
      encryptionRequired: true,
    },
    finalState: {
      id: '1pLx7VdQmZrK4sTn9YwGhE',
      createdAt: '2025-12-01T08:00:00Z',
      updatedAt: '2026-01-15T10:40:00.119882Z',
      tags: {},
      isSystem: false,
      name: 'billing-db',
      terminatorStrategy: 'smartrouting',
      roleAttributes: ['databases', 'restricted'],
      configs: null,
      encryptionRequired: true,
    },
  },
  normalise,
};
