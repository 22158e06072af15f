/**
 * The state of the view lives in the URL, so that a link is the view: filter, range, zone and comparison first, then
 * the tenant, then what belongs to the page. Everything is flat text; what has its default is left out.
 */

export const defaults = { from: 'now-1h', to: 'now' } as const;

/** The parameters in the order in which a URL names them; others follow in the order they were given. */
export const searchKeys = [
  'q',
  'from',
  'to',
  'tz',
  'compare',
  'tenant',
  'live',
  'event',
  'type',
  'order',
  'section',
  'reason',
  'entry',
] as const;
export type SearchKey = (typeof searchKeys)[number];
export type Search = { readonly [key in SearchKey]?: string };
/** A change of the URL; undefined or '' takes a parameter out. */
export type SearchPatch = { readonly [key in SearchKey]?: string | undefined };

/** What the top bar holds and every page reads. */
export interface View {
  readonly q: string;
  /** `now`, `now-24h` or RFC 3339. */
  readonly from: string;
  readonly to: string;
  /** IANA name of the time zone. */
  readonly tz: string;
  readonly compare: boolean;
  readonly live: boolean;
  readonly tenant: string | undefined;
}

/** Reads a query string; unknown parameters are dropped. */
export function parseSearch(text: string): Search {
  const given = new URLSearchParams(text);
  const search: { [key in SearchKey]?: string } = {};
  for (const key of searchKeys) {
    const value = given.get(key);
    if (value !== null && value !== '') search[key] = value;
  }
  return search;
}

// These may stand unescaped in a query, and a filter is easier to read that way.
const readable: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%2C': ',',
  '%40': '@',
  '%3E': '>',
  '%3C': '<',
  '%3D': '=',
  '%28': '(',
  '%29': ')',
  '%20': '+',
  '%21': '!',
  '%27': "'",
};
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/%[0-9A-F]{2}/g, (code) => readable[code] ?? code);

/** `?q=…&from=…` in the order of {@link searchKeys}, or '' when all is default. */
export function printSearch(search: Readonly<Record<string, unknown>>): string {
  const parts = searchKeys.flatMap((key) => {
    const value = search[key];
    if (typeof value !== 'string' || value === '') return [];
    if (key in defaults && defaults[key as keyof typeof defaults] === value) return [];
    return [`${key}=${encode(value)}`];
  });
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** The search with a change applied. */
export function patchSearch(search: Search, patch: SearchPatch): Search {
  const next: { [key in SearchKey]?: string } = { ...search };
  for (const [key, value] of Object.entries(patch) as [SearchKey, string | undefined][]) {
    if (value === undefined || value === '') delete next[key];
    else next[key] = value;
  }
  return next;
}

/** Only what every page shares: what a link to another page takes along. */
export function sharedSearch(search: Search): Search {
  const { q, from, to, tz, compare, tenant } = search;
  return patchSearch({}, { q, from, to, tz, compare, tenant });
}

/** The view that a URL describes; `zone` is the zone of the browser. */
export function viewOf(search: Search, zone: string): View {
  return {
    q: search.q ?? '',
    from: search.from ?? defaults.from,
    to: search.to ?? defaults.to,
    tz: search.tz ?? zone,
    compare: search.compare === 'previous',
    live: search.live === '1',
    tenant: search.tenant,
  };
}
