/** The reference page of what is redacted, made from the rules themselves. */
import type { RedactionRule } from '../src/ingest/redaction/rules.ts';
import { cell, code, table } from './markdown.ts';

const namesOf = ({ names = [], endings = [] }: RedactionRule): string =>
  [...names, ...endings.map((ending) => `*${ending}`)].map(code).join(', ');

/** Markdown; ends with a line feed. */
export const redactionPage = (rules: readonly RedactionRule[]): string =>
  [
    '# Redaction',
    '',
    'Generated from `src/ingest/redaction/rules.ts`; do not edit.',
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
    '## What operators add',
    '',
    'In the [settings](settings.md), `redaction.fields` for all tenants and `redaction.tenants` for one: names (endings count',
    'too), or paths of single fields from the top of the record, such as `request.headers.x-door`; a list on the way stands',
    'for each of its items. With `personal: redact` a tenant has no personal data on its disk: the fields that the',
    '[catalog](catalog.md) marks personal are replaced, the same values are replaced wherever else they stand as words of three',
    'letters or more, and the columns for such data stay empty. What cannot be read at all goes to quarantine without secrets,',
    'but nobody can tell what in it is personal.',
    '',
    'What was redacted is counted: `redacted` in the answer of `POST /ingest`, and by tenant and rule in',
    '`gatescope_redacted_total` at `/metrics`, where the rules `fields` and `personal` stand for these additions.',
    '`gatescope explain FILE` shows what would be redacted, where, and by which rule.',
    '',
  ].join('\n');
