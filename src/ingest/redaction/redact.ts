/**
 * Redaction before the journal: secrets are replaced in the received bytes, every other byte stays the sender's.
 * (Parsing and writing again would turn 1541238890123456789 into 1541238890123456800, move integer keys and drop
 * repeated ones.)
 *
 * The rules that ship are on for everybody. Operators add names and paths, for all tenants or for one, and a tenant may
 * have its personal data redacted too, where the event types say it stands (`personal.ts`).
 */
import { type Outline, Repeats, replaceWithRepeats } from './json-repeats.ts';
import { createJsonScan } from './json-scan.ts';
import { looksLikeJson } from './json-skip.ts';
import { scanLoosePairs } from './loose.ts';
import { compileNames } from './names.ts';
import { type PathTree, pathTree, scanPaths } from './paths.ts';
import { type RedactionRule, type RedactionRuleName, redactionRules, ruleNumber } from './rules.ts';
import { createSpans, replaceSpans, type Span } from './spans.ts';
import { createTextScan } from './text.ts';

export interface Redacted {
  /** The very buffer that was given, when nothing was found. */
  readonly bytes: Buffer;
  /** What was replaced, in the order of the bytes that were given. */
  readonly places: readonly Span[];
  /** The same record, shorter to parse; absent where nothing of it was repeated. */
  readonly outline?: Outline;
}

export interface Redaction {
  /** One record: JSON, or a line of text such as an access log's. Pure; redacting twice is redacting once. */
  redact(bytes: Buffer, tenant?: string): Redacted;
  /**
   * What could not be parsed, before it goes to quarantine. Rather too much than too little: names of secrets count
   * however their values are written.
   */
  scrub(bytes: Buffer, tenant?: string): Redacted;
  /** Whether personal data is a secret for this tenant. */
  hidesPersonal(tenant: string): boolean;
}

/** What one tenant wants beside what holds for all. Several for one tenant add up. */
export interface TenantRedaction {
  readonly tenant: string;
  readonly fields?: readonly string[];
  /** `keep` unless it says otherwise. */
  readonly personal?: 'keep' | 'redact';
}

export interface RedactionOptions {
  /**
   * Further secrets: names of fields and headers, of which endings count too; with a point in it, the path of one field
   * from the top of the record, such as `request.headers.x-door`.
   */
  readonly fields?: readonly string[];
  /** Rules that are switched off. */
  readonly off?: readonly RedactionRuleName[];
  readonly tenants?: readonly TenantRedaction[];
}

type Scan = (bytes: Buffer) => Redacted;

const byFields = ruleNumber('fields');

/** The rules made ready, with these names and paths added to them. */
function compile(rules: readonly RedactionRule[], fields: readonly string[]): { redact: Scan; scrub: Scan } {
  const isPath = (field: string): boolean => field.includes('.');
  const names = compileNames(
    rules,
    fields.filter((field) => !isPath(field)),
  );
  const paths: PathTree | undefined = pathTree(fields.filter(isPath).map((field) => field.split('.')));
  const scanText = createTextScan(rules, names);
  const scanJson = createJsonScan(rules, names, scanText);
  const spans = createSpans();
  // A path may lead into an object: that it was seen before says nothing then.
  const repeats = paths === undefined ? new Repeats() : undefined;

  return {
    redact(bytes) {
      spans.clear();
      repeats?.begin();
      if (looksLikeJson(bytes)) scanJson(bytes, 0, bytes.length, spans, repeats);
      else scanText(bytes, 0, bytes.length, spans);
      if (paths !== undefined) scanPaths(bytes, paths, byFields, spans);
      return repeats === undefined || repeats.found.length === 0
        ? replaceSpans(bytes, spans)
        : replaceWithRepeats(bytes, spans, repeats.found);
    },
    scrub(bytes) {
      spans.clear();
      scanJson(bytes, 0, bytes.length, spans);
      scanText(bytes, 0, bytes.length, spans);
      scanLoosePairs(bytes, names, spans);
      if (paths !== undefined) scanPaths(bytes, paths, byFields, spans);
      return replaceSpans(bytes, spans);
    },
  };
}

/** The rules made ready. The functions share working memory, so they are for one thread, and cheap to call. */
export function createRedaction(options: RedactionOptions = {}): Redaction {
  const { fields = [], tenants = [] } = options;
  const off = new Set<string>(options.off ?? []);
  const rules: readonly RedactionRule[] = redactionRules.filter((rule) => !off.has(rule.name));
  const forAll = compile(rules, fields);
  const wanting = tenants.filter((wish) => (wish.fields ?? []).length > 0);
  const forTenant = new Map(
    [...Map.groupBy(wanting, ({ tenant }) => tenant)].map(([tenant, wishes]) => [
      tenant,
      compile(rules, [...fields, ...wishes.flatMap((wish) => wish.fields ?? [])]),
    ]),
  );
  const hiding = new Set(tenants.filter(({ personal }) => personal === 'redact').map(({ tenant }) => tenant));
  const of = (tenant: string | undefined) =>
    (tenant === undefined ? undefined : forTenant.get(tenant)) ?? forAll;

  return {
    redact: (bytes, tenant) => of(tenant).redact(bytes),
    scrub: (bytes, tenant) => of(tenant).scrub(bytes),
    hidesPersonal: (tenant) => hiding.has(tenant),
  };
}
