/**
 * Kong Gateway: what its log plugins write, one by one or in a list, told by `started_at` beside a `request` with a URI
 * or a `session`.
 */
import type { EventType, Vocabulary } from '../../core/spec.ts';
import { objectOf } from '../reading.ts';
import { access } from './access.ts';
import { stream } from './stream.ts';

export const kong: Vocabulary = {
  name: 'kong',
  doc: 'Kong Gateway 1 to 3: records of its log plugins.',
  types: [access, stream],
  recognise(record): EventType | undefined {
    if (record.started_at === undefined || record['@type'] !== undefined) return undefined;
    const { uri, url } = objectOf(record.request);
    if (typeof uri === 'string' || typeof url === 'string') return access;
    const isStream = record.request === undefined && typeof objectOf(record.session).received === 'number';
    return isStream ? stream : undefined;
  },
};
