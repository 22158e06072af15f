/**
 * Reads a line of an access log from left to right. It never goes back, so that a line costs what it is long, whoever
 * wrote it. What is not there is undefined, and leaves the cursor where it was.
 */
export class LineCursor {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** What has not been read. */
  get rest(): string {
    return this.#line.slice(this.#at);
  }

  /** Up to the next space. */
  word(): string | undefined {
    const space = this.#line.indexOf(' ', this.#at);
    return this.#take(this.#at, space < 0 ? this.#line.length : space, 0);
  }

  /** Between brackets, at most `longest` characters. */
  bracketed(longest: number): string | undefined {
    const end = this.#line[this.#at] === '[' ? this.#closing(this.#at, longest) : undefined;
    return end === undefined ? undefined : this.#take(this.#at + 1, end, 1);
  }

  /** Up to the space before the first bracket of `shortest` to `longest` characters behind which `next` stands. */
  upToBracket(shortest: number, longest: number, next: string): string | undefined {
    for (let at = this.#line.indexOf(' [', this.#at); at >= 0; at = this.#line.indexOf(' [', at + 1)) {
      const end = this.#closing(at + 1, longest);
      if (end === undefined || end - at - 2 < shortest) continue;
      if (this.#line.startsWith(next, end + 1)) return this.#take(this.#at, at, 0);
    }
    return undefined;
  }

  /** Between braces. */
  braced(): string | undefined {
    const end = this.#line[this.#at] === '{' ? this.#line.indexOf('}', this.#at) : -1;
    return end < 0 ? undefined : this.#take(this.#at + 1, end, 1);
  }

  /** Between quotes, where a backslash takes the next character along. */
  quoted(): string | undefined {
    if (this.#line[this.#at] !== '"') return undefined;
    for (let end = this.#at + 1; end < this.#line.length; end += 1) {
      const code = this.#line.charCodeAt(end);
      if (code === 0x5c) end += 1;
      else if (code === 0x22) return this.#take(this.#at + 1, end, 1);
    }
    return undefined;
  }

  /** Between quotes of a writer that escapes nothing: they end where a space or the line's end follows. */
  plainQuoted(): string | undefined {
    if (this.#line[this.#at] !== '"') return undefined;
    const end = this.#line.indexOf('" ', this.#at + 1);
    if (end >= 0) return this.#take(this.#at + 1, end, 1);
    const last = this.#line.length - 1;
    return last > this.#at && this.#line[last] === '"' ? this.#take(this.#at + 1, last, 1) : undefined;
  }

  #closing(open: number, longest: number): number | undefined {
    const end = this.#line.slice(open + 1, open + longest + 2).indexOf(']');
    return end < 0 ? undefined : open + 1 + end;
  }

  /** What stands from `start` to `end`; goes behind its closing sign and one space. */
  #take(start: number, end: number, sign: number): string | undefined {
    if (sign === 0 && end <= start) return undefined;
    const next = end + sign;
    this.#at = this.#line[next] === ' ' ? next + 1 : next;
    return this.#line.slice(start, end);
  }
}
