/**
 * Response headers that keep a browser from doing what we did not mean. Sources: Content Security Policy Level 3,
 * OWASP HTTP Headers Cheat Sheet.
 */
import { createHash } from 'node:crypto';

/** For every answer. An API answer may load and run nothing, and no page may frame it. */
export const apiHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** Only meaningful over TLS: one day, so that a trial on a host name can be undone. */
const transportHeaders: Readonly<Record<string, string>> = {
  'strict-transport-security': 'max-age=86400',
};

/** The headers of every answer. */
export const standingHeaders = (overTls: boolean): Readonly<Record<string, string>> => ({
  ...apiHeaders,
  ...(overTls ? transportHeaders : {}),
});

const inlineScript = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** The policy of the web app: its own files, the inline scripts of `html` by hash, and inline styles of its widgets. */
export function pagePolicy(html: string): string {
  const hashes = Array.from(html.matchAll(inlineScript), ([, script]) => {
    const digest = createHash('sha256')
      .update(script ?? '')
      .digest('base64');
    return ` 'sha256-${digest}'`;
  });
  return [
    "default-src 'self'",
    `script-src 'self'${hashes.join('')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
