/** Fields of a log line: what may be shown of them, and how. */

const secretName = /token|password|passwd|secret|authorization|cookie|api-?key|csrf|credential|private/i;
// Our own tokens, and credentials in headers or addresses that ended up in a message.
const secretText =
  /gs_[\w-]{16,}|\b(?:bearer|basic|apikey) +[\w+/=.-]{8,}|(?<=:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/gi;
const hidden = '***';
const deepest = 4;
const mostItems = 20;

const withoutSecrets = (text: string): string => text.replace(secretText, hidden);

function shownError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { code } = error as NodeJS.ErrnoException;
  return {
    message: withoutSecrets(error.message),
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: withoutSecrets(error.stack.slice(0, 2_000)) }),
    ...(error.cause === undefined ? {} : { cause: shown(error.cause, depth + 1) }),
  };
}

function shown(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value.slice(0, 4_096));
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function')
    return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) return '…';
  if (value instanceof Error) return shownError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => shown(item, depth + 1));
  return shownFields(value as Readonly<Record<string, unknown>>, depth + 1);
}

/** Plain data of bounded size, values of names that smell of secrets hidden. Numbers and flags are never hidden. */
export function shownFields(
  fields: Readonly<Record<string, unknown>>,
  depth = 0,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields)
      .slice(0, mostItems)
      .map(([name, value]) => [
        name,
        secretName.test(name) && typeof value === 'string' ? hidden : shown(value, depth),
      ]),
  );
}

/** `message name=value …` on one line; the stack of an error follows on lines of its own. */
export function fieldsText(message: string, fields: Readonly<Record<string, unknown>>): string {
  let text = message.replaceAll('\n', ' ');
  let stack = '';
  for (const [name, value] of Object.entries(fields)) {
    const error = value as { readonly stack?: unknown; readonly message?: unknown } | null | undefined;
    if (typeof error?.stack === 'string') {
      text += ` ${name}=${JSON.stringify(error.message)}`;
      stack += `\n${error.stack}`;
    } else {
      const written =
        typeof value === 'string' && /^[\w./:@%+-]+$/.test(value) ? value : JSON.stringify(value);
      text += ` ${name}=${written}`;
    }
  }
  return text + stack;
}
