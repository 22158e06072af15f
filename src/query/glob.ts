/**
 * Wildcards: `*` is any run of characters, `?` is exactly one (a code point), `\` takes the next character as it is.
 */

/** Literal text and wildcards in order; no two literals stand side by side. */
export type Glob = readonly (string | typeof anyRun | typeof anyOne)[];
export const anyRun = Symbol.for('*');
export const anyOne = Symbol.for('?');

export function parseGlob(pattern: string): Glob {
  const parts: (string | symbol)[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push(literal);
    literal = '';
  };
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] as string;
    if (character === '\\' && index + 1 < pattern.length) literal += pattern[++index];
    else if (character === '*' || character === '?') {
      flush();
      const wild = character === '*' ? anyRun : anyOne;
      if (wild !== anyRun || parts.at(-1) !== anyRun) parts.push(wild);
    } else literal += character;
  }
  flush();
  return parts as Glob;
}

/** The pattern that means `text` itself. */
export const literalPattern = (text: string): string => text.replace(/[*?\\]/g, '\\$&');

/** The text of a glob without wildcards; undefined when it has some. */
export function literalOf(glob: Glob): string | undefined {
  if (glob.length === 0) return '';
  return glob.length === 1 && typeof glob[0] === 'string' ? glob[0] : undefined;
}

/** The same glob, found anywhere in a text. */
export const unanchored = (glob: Glob): Glob => {
  const inner = glob.filter((part, index) => part !== anyRun || (index > 0 && index < glob.length - 1));
  return [anyRun, ...inner, anyRun];
};

/**
 * Characters that are compared at most, for each of the text and beside: what takes more is taken for no match, or a
 * text could hold the event loop.
 */
const mostCompared = { each: 4, beside: 100_000 };

/** Whether the whole of `text` fits. */
export function globTest(glob: Glob): (text: string) => boolean {
  const steps: (string | symbol)[] = glob.flatMap<string | symbol>((part) =>
    typeof part === 'string' ? [...part] : [part],
  );
  return (text) => {
    const characters: ArrayLike<string> = isAscii(text) ? text : [...text];
    let step = 0;
    let at = 0;
    let lastRun = -1;
    let resumeAt = 0;
    let left = characters.length * mostCompared.each + mostCompared.beside;
    while (at < characters.length) {
      if (left-- === 0) return false;
      const wanted = steps[step];
      if (wanted === anyRun) {
        lastRun = step++;
        resumeAt = at;
      } else if (wanted !== undefined && (wanted === anyOne || wanted === characters[at])) {
        step++;
        at++;
      } else if (lastRun >= 0) {
        step = lastRun + 1;
        at = ++resumeAt;
      } else return false;
    }
    while (steps[step] === anyRun) step++;
    return step === steps.length;
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const ascii = /^[\x00-\x7f]*$/;
export const isAscii = (text: string): boolean => ascii.test(text);

/** Lower case for A to Z only, as the engine's `lower` does: free text means the same in memory and in SQL. */
export const asciiLower = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
