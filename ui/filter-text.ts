/** Small pieces of the filter language, for links and for adding what a person pointed at. */
import { printTerm } from '../src/query/print.ts';

/** `field:value`; for an absent value the term that finds where it is absent. */
export function term(field: string, value: unknown): string {
  const absent = value === null || value === undefined || value === '';
  return absent ? `-${field}:*` : printTerm(field, String(value));
}

/** The term that leaves out what {@link term} finds. */
export const withoutTerm = (field: string, value: unknown): string => {
  const text = term(field, value);
  return text.startsWith('-') ? text.slice(1) : `-${text}`;
};

/** All of the filters together; an alternative among them is put in parentheses. */
export function allFilters(...filters: readonly (string | undefined)[]): string {
  const given = [...new Set(filters.flatMap((filter) => (filter?.trim() ? [filter.trim()] : [])))];
  if (given.length === 1) return given[0] as string;
  return given.map((filter) => (/\bOR\b/.test(filter) ? `(${filter})` : filter)).join(' ');
}
