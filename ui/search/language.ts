/**
 * The filter language in the browser: what is wrong with a text and what can be written at a place of it, with the
 * fields of this installation. Loaded when a person first turns to the filter bar.
 */
import { columnByName, type Unit } from '../../src/core/event.ts';
import type { FilterProblem } from '../../src/core/filter.ts';
import { bindFilter } from '../../src/query/bind.ts';
import { type Completion, complete } from '../../src/query/complete.ts';
import { createFields, type DeclaredAttribute } from '../../src/query/fields.ts';
import { parseFilter } from '../../src/query/parse.ts';
import type { FieldInfo } from '../api-types.ts';

export interface Language {
  problem(text: string): FilterProblem | undefined;
  complete(text: string, caret: number): Completion;
}

const kinds = new Set(['text', 'number', 'flag']);

export function createLanguage(infos: readonly FieldInfo[], unmasked: boolean): Language {
  const attributes = infos.flatMap((info): DeclaredAttribute[] =>
    columnByName.has(info.name)
      ? []
      : [
          {
            name: info.name,
            kind: (kinds.has(info.kind) ? info.kind : 'text') as DeclaredAttribute['kind'],
            doc: info.doc,
            ...(info.unit === undefined ? {} : { unit: info.unit as Unit }),
            ...(info.personal === undefined ? {} : { personal: info.personal }),
          },
        ],
  );
  const fields = createFields(attributes);
  return {
    problem(text) {
      const parsed = parseFilter(text);
      if (!parsed.ok) return parsed.error;
      const bound = bindFilter(parsed.value, { fields, now: Date.now() * 1000, unmasked });
      return bound.ok ? undefined : bound.error;
    },
    complete: (text, caret) => complete(text, caret, fields),
  };
}
