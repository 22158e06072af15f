/** The reference page of what is redacted, made from the rules themselves. */
import type { RedactionRule } from '../src/ingest/redact-rules.ts';
import { cell, code, table } from './markdown.ts';

const namesOf = ({ names = [], endings = [] }: RedactionRule): string =>
  [...names, ...endings.map((ending) => `*${ending}`)].map(code).join(', ');

/** Markdown; ends with a line feed. */
export const redactionPage = (rules: readonly RedactionRule[]): string =>
  [
    '# Redaction',
    '',
    'Generated from `src/ingest/redact-rules.ts`; do not edit.',
    '',
    'Secrets are replaced by `[redacted]` in the received bytes before anything is written; every other byte stays as it',
    'was sent. Names are compared without case and without `-` and `_`; `*` stands for any beginning. True, false, null',
    'and empty values stay.',
    '',
    ...table(
      ['rule', 'covers', 'names', 'example'],
      rules.map((rule) => [rule.name, cell(rule.doc), namesOf(rule), code(cell(rule.example.record))]),
    ),
    '',
  ].join('\n');
