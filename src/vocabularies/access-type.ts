/** The event type of an access log: one request, the same for every server, identified by its place in the log. */
import type { EventType } from '../core/spec.ts';

export const accessType = (own: Pick<EventType, 'fields' | 'example' | 'normalise'>): EventType => ({
  name: 'access',
  doc: 'One request in an access log.',
  family: 'traffic',
  identity: { by: 'position' },
  ...own,
});
