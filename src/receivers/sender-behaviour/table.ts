/**
 * Which requests must not be answered when we cannot take them for the time being.
 *
 * A sender for which an answer is final loses what it sent, whatever the answer says; after a broken connection nearly
 * every sender tries again. So a temporary refusal breaks the connection of
 * - a sender that keeps more of its events that way (`behaviour.ts`), and
 * - a sender nobody knows under `/es`: it takes us for Elasticsearch, and no sender there keeps less that way.
 * All others get 503 with the reason and `Retry-After`. Refusals for good (400, 401, 413, 415) are answers always.
 */
import { gainsByBreak, type RefusalManner, type SenderBehaviour, type WayIn } from './behaviour.ts';
import { clientSenders } from './clients.ts';
import { gatewaySenders } from './gateways.ts';
import { shipperSenders } from './shippers.ts';

export const senderBehaviours: readonly SenderBehaviour[] = [
  ...gatewaySenders,
  ...shipperSenders,
  ...clientSenders,
];

const ways: readonly WayIn[] = ['/es', '/ingest'];

/** What happens to senders that the table does not know. */
export const unknownSenders: Readonly<Record<WayIn, RefusalManner>> = { '/es': 'break', '/ingest': 'answer' };

/** The way in that a path (below the base path, without its query) belongs to. */
export function wayIn(path: string): WayIn | undefined {
  const plain = `${path.replace(/\/+/g, '/')}/`;
  return ways.find((way) => plain.startsWith(`${way}/`));
}

/** How a temporary refusal is given to a sender with this `User-Agent`. */
export function refusalManner(way: WayIn, userAgent: string | undefined): RefusalManner {
  const known = senderBehaviours.filter(
    (sender) =>
      sender.reactions !== undefined &&
      (sender.way ?? way) === way &&
      sender.userAgent?.test(userAgent ?? '') === true,
  );
  if (known.length === 0) return unknownSenders[way];
  return known.some(({ reactions }) => reactions !== undefined && gainsByBreak(reactions))
    ? 'break'
    : 'answer';
}
