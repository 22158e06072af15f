/**
 * What may be said of an exception in a log or an answer where it may quote what somebody sent: parsers put a piece of
 * their input into the message, and that piece may be a secret.
 */

/** A frame of a stack, as V8 writes it. */
const frame = /^\s+at (?:.* \()?(?:file:\/\/\/|node:|\/)[^()\n]*:\d+:\d+\)?$/;
const mostFrames = 8;

/** Name, code and places of an exception, without its message. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const { name, message, stack = '' } = error;
  const { code } = error as NodeJS.ErrnoException;
  // A message can look like a frame: only what stands behind it is one.
  const begin = stack.indexOf(message);
  const frames = (begin < 0 ? '' : stack.slice(begin + message.length))
    .split('\n')
    .filter((line) => frame.test(line))
    .slice(0, mostFrames)
    .map((line) => line.trim());
  const what = typeof code === 'string' && /^[\w-]{1,60}$/.test(code) ? `${name} ${code}` : name;
  return [what, ...frames].join(' ');
}
