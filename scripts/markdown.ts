/** The little Markdown that the reference pages are written in. */

/** Text that may stand in a cell of a table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Text as it is typed; nothing where there is none. */
export const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** The lines of a table. */
export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${titles.join(' | ')} |`,
  `|${'---|'.repeat(titles.length)}`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];
