/** What can be written at the caret: fields and operators at once, values as soon as the store has counted them. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Choice, Completion } from '../../src/query/complete.ts';
import { printTerm } from '../../src/query/print.ts';
import { useApi, useServer, useView } from '../context.tsx';
import { formatWhole } from '../format.ts';
import { useDataKey } from '../use-data.ts';
import type { Language } from './language.ts';

/** The language, once a person has turned to the filter bar. */
export function useLanguage(wanted: boolean): Language | undefined {
  const api = useApi();
  const { session } = useServer();
  const unmasked = session.scopes.some((scope) => scope === 'admin' || scope === 'read:raw');
  return useQuery({
    queryKey: [...useDataKey('language'), unmasked],
    enabled: wanted,
    staleTime: 60_000,
    queryFn: async () => {
      const [{ createLanguage }, { fields }] = await Promise.all([import('./language.ts'), api.fields()]);
      return createLanguage(fields, unmasked);
    },
  }).data;
}

const valuesShown = 12;

export interface Choices {
  readonly completion: Completion;
  readonly choices: readonly Choice[];
}

export function useChoices(
  language: Language | undefined,
  text: string,
  caret: number | undefined,
): Choices | undefined {
  const api = useApi();
  const { from, to } = useView();
  const completion =
    language === undefined || caret === undefined ? undefined : language.complete(text, caret);
  const field = completion?.valuesOf;
  const prefix = useSettled(completion?.prefix ?? '', 150);
  const values = useQuery({
    queryKey: useDataKey('values', field?.name, prefix, from, to),
    enabled: field !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.values({ field: field?.name, prefix, from, to, limit: valuesShown }, signal),
  });
  if (completion === undefined) return undefined;
  const counted =
    field === undefined || values.isPlaceholderData
      ? []
      : (values.data?.values ?? []).map(
          ({ value, count }): Choice => ({
            text: `${printTerm('', String(value)).slice(1)} `,
            label: String(value),
            doc: formatWhole(count),
            kind: 'value',
          }),
        );
  return { completion, choices: [...counted, ...completion.choices] };
}

/** The value once it has not changed for so many milliseconds. */
function useSettled<T>(value: T, pause: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}
