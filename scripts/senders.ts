/** The reference page of what senders do with a batch that was not taken, made from the table itself. */
import type {
  Reaction,
  RefusalManner,
  SenderBehaviour,
  WayIn,
} from '../src/receivers/sender-behaviour/behaviour.ts';
import { refusalManner, unknownSenders } from '../src/receivers/sender-behaviour/table.ts';
import { cell, table } from './markdown.ts';

const reactions: Readonly<Record<Reaction, string>> = {
  drops: '**lost**',
  few: 'some attempts',
  minutes: 'for minutes',
  endless: 'until taken',
};
const manners: Readonly<Record<RefusalManner, string>> = {
  break: 'broken connection',
  answer: '503',
};

/** As it is decided at run time, for a user agent that the row stands for. */
function refused({ userAgent, way }: SenderBehaviour): string {
  const example = userAgent === undefined ? undefined : agentOf(userAgent);
  const ways: readonly WayIn[] = way === undefined ? ['/es', '/ingest'] : [way];
  const found = new Set(ways.map((each) => refusalManner(each, example)));
  if (found.size === 1) return manners[[...found][0] as RefusalManner];
  return ways.map((each) => `\`${each}\`: ${manners[refusalManner(each, example)]}`).join('; ');
}

/** The text that a pattern of the table begins with, its first alternative where there are several. */
const agentOf = ({ source }: RegExp): string =>
  source
    .replace(/^\^/, '')
    .replace(/\(([^|)]*)(\|[^)]*)?\)\??/g, '$1')
    .replace('\\w*', '')
    .replace(/\\b/g, '')
    .replace(/\\/g, '');

function row(sender: SenderBehaviour): string[] {
  const { name, reactions: does, patience } = sender;
  if (does === undefined) return [name, ...Array<string>(6).fill('not checked'), patience, refused(sender)];
  const { clientError, tooMany, internalError, unavailable, broken, timeout } = does;
  const cells = [clientError, tooMany, internalError, unavailable, broken, timeout].map(
    (each) => reactions[each],
  );
  return [name, ...cells, cell(patience), refused(sender)];
}

const titles = [
  'sender',
  '4xx',
  '429',
  '500',
  '503',
  'broken connection',
  'time-out',
  'waits',
  'we refuse by',
];

/** Markdown; ends with a line feed. */
export const sendersPage = (senders: readonly SenderBehaviour[]): string =>
  [
    '# Senders',
    '',
    'Generated from `src/receivers/sender-behaviour`; do not edit.',
    '',
    'What becomes of a batch that is not taken, with the default settings of its sender. "Lost" is lost at once; "some',
    'attempts" end within seconds; "for minutes" ends some time; "until taken" ends when the sender’s own buffer is full.',
    'For a client library, what it reports to its caller counts as lost.',
    '',
    'A refusal that is ours and will pass (recovering, disk full, no room, a failed write, shutting down) is given in the',
    'way that loses less: as 503 with `Retry-After`, or by closing the connection without an answer. A sender that this',
    `table does not know is refused so: under \`/es\` by ${manners[unknownSenders['/es']]}, under \`/ingest\` by ${manners[unknownSenders['/ingest']]}. Refusals for`,
    'good (400, 401, 403, 413, 415) are answers always.',
    '',
    ...table(titles, senders.map(row)),
    '',
    '## Notes and sources',
    '',
    ...senders.flatMap(({ name, note, sources }) => [
      `### ${name}`,
      '',
      ...(note === undefined ? [] : [note, '']),
      ...(sources.length === 0 ? ['Not checked.'] : []),
      ...sources.map(({ repository, file, says }) => `- \`${repository}\`, \`${file}\`: ${says}.`),
      '',
    ]),
  ].join('\n');
