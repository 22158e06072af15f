/**
 * Redaction before the journal: secrets are replaced in the received bytes, every other byte stays the sender's.
 * (Parsing and writing again would turn 1541238890123456789 into 1541238890123456800, move integer keys and drop
 * repeated ones.)
 */
import { createJsonScan, looksLikeJson } from './json-scan.ts';
import { scanLoosePairs } from './redact-loose.ts';
import { compileNames } from './redact-names.ts';
import { type RedactionRule, type RedactionRuleName, redactionRules } from './redact-rules.ts';
import { createSpans, replaceSpans } from './redact-spans.ts';
import { createTextScan } from './redact-text.ts';

export interface Redacted {
  /** The very buffer that was given, when nothing was found. */
  readonly bytes: Buffer;
  /** How many places were replaced. */
  readonly redacted: number;
}

export interface Redaction {
  /** One record: JSON, or a line of text such as an access log's. Pure; redacting twice is redacting once. */
  redact(bytes: Buffer): Redacted;
  /**
   * What could not be parsed, before it goes to quarantine. Rather too much than too little: names of secrets count
   * however their values are written.
   */
  scrub(bytes: Buffer): Redacted;
}

export interface RedactionOptions {
  /** Names of further fields and headers whose values are secrets; endings of names count too. */
  readonly fields?: readonly string[];
  /** Rules that are switched off. */
  readonly off?: readonly RedactionRuleName[];
}

/** The rules made ready. The functions share working memory, so they are for one thread, and cheap to call. */
export function createRedaction(options: RedactionOptions = {}): Redaction {
  const off = new Set<string>(options.off ?? []);
  const rules: readonly RedactionRule[] = redactionRules.filter((rule) => !off.has(rule.name));
  const names = compileNames(rules, options.fields ?? []);
  const scanText = createTextScan(rules, names);
  const scanJson = createJsonScan(rules, names, scanText);
  const spans = createSpans();

  return {
    redact(bytes) {
      spans.clear();
      if (looksLikeJson(bytes)) scanJson(bytes, 0, bytes.length, spans);
      else scanText(bytes, 0, bytes.length, spans);
      return replaceSpans(bytes, spans);
    },
    scrub(bytes) {
      spans.clear();
      scanJson(bytes, 0, bytes.length, spans);
      scanText(bytes, 0, bytes.length, spans);
      scanLoosePairs(bytes, names, spans);
      return replaceSpans(bytes, spans);
    },
  };
}
