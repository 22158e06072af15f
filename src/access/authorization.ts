/**
 * The token in an `Authorization` header. Three forms, one kind of credential:
 * - `Bearer TOKEN` (RFC 6750)
 * - `Basic base64(anything:TOKEN)` (RFC 7617), for senders that know user and password only; the user is not looked at
 * - `ApiKey base64(id:TOKEN)` or `ApiKey TOKEN` (Elasticsearch documentation, "Token-based authentication services")
 */

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
const afterColon = (text: string): string | undefined => {
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
};

/** What may be the token, likeliest first; empty when the header has no form known here. */
export function tokensIn(header: string): string[] {
  const [, scheme, credentials] = /^(\w+) +(\S+) *$/.exec(header) ?? [];
  if (scheme === undefined || credentials === undefined) return [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return [credentials];
    case 'basic': {
      const [user = '', password] = [decoded(credentials).split(':')[0], afterColon(decoded(credentials))];
      // `curl -u TOKEN:` leaves the password empty.
      return [password === undefined || password === '' ? user : password];
    }
    case 'apikey': {
      const key = afterColon(decoded(credentials));
      return key === undefined ? [credentials] : [key, credentials];
    }
    default:
      return [];
  }
}
