/** Cuts a file into bodies small enough for one request, always at the end of a line. */
import { fail, ok, type Result } from '../core/result.ts';
import { formOf } from '../protocols/json.ts';

export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of its first byte in the (decompressed) file. */
  readonly offset: number;
  /** 1-based, of its first line. */
  readonly line: number;
  readonly contentType: 'application/x-ndjson' | 'application/json' | 'text/plain';
}

export interface PieceSizes {
  /** Bytes of a piece; more only where a single line is longer. */
  readonly piece: number;
  /** Bytes of the largest body the server takes. */
  readonly body: number;
}
export const pieceSizes: PieceSizes = { piece: 8_000_000, body: 100_000_000 };

const lineFeed = 0x0a;
const openList = 0x5b;
const byteOrderMark = 0xefbbbf;
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** How the bytes at the start of a file must be treated: one record a line, or one document that no line end divides. */
function contentOf(start: Buffer): Piece['contentType'] {
  const mark = start.length >= 3 && start.readUIntBE(0, 3) === byteOrderMark ? 3 : 0;
  const first = start.findIndex((byte, at) => at >= mark && !isSpace(byte));
  if (formOf(start) !== 'json') return 'text/plain';
  if (start[first] === openList) return 'application/json';
  const end = start.indexOf(lineFeed, first);
  return isJson(start.subarray(first, end < 0 ? start.length : end).toString('utf8'))
    ? 'application/x-ndjson'
    : 'application/json';
}

const linesIn = (bytes: Uint8Array): number => {
  let lines = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) lines++;
  return lines;
};

/**
 * Pieces in the order of the file; equal files give equal pieces, and a file that has grown gives the same pieces up to
 * its last one. A JSON array, or objects that span lines, cannot be cut: they are one piece, up to the largest body.
 */
export async function* cutPieces(
  source: AsyncIterable<Uint8Array>,
  sizes: PieceSizes = pieceSizes,
): AsyncGenerator<Result<Piece, string>> {
  let pending: Uint8Array[] = [];
  let length = 0;
  let offset = 0;
  let line = 1;
  let contentType: Piece['contentType'] | undefined;

  const take = (bytes: Buffer, type: Piece['contentType']): Piece => {
    const piece = { bytes: new Uint8Array(bytes), offset, line, contentType: type };
    offset += bytes.length;
    line += linesIn(bytes);
    return piece;
  };
  const tooLarge = () =>
    contentType === 'application/json'
      ? 'is one JSON document, too large for one request; make it one object a line, as jq -c .[] does'
      : `has a line longer than ${sizes.body} bytes at line ${line}`;

  for await (const chunk of source) {
    pending.push(chunk);
    length += chunk.length;
    while (length >= sizes.piece) {
      const whole = Buffer.concat(pending, length);
      contentType ??= contentOf(whole);
      const end = contentType === 'application/json' ? -1 : whole.lastIndexOf(lineFeed, sizes.piece - 1);
      const cut = end < 0 && contentType !== 'application/json' ? whole.indexOf(lineFeed) : end;
      pending = [whole];
      if ((cut < 0 ? length : cut) > sizes.body) return yield fail(tooLarge());
      if (cut < 0) break;
      yield ok(take(whole.subarray(0, cut + 1), contentType));
      pending = [whole.subarray(cut + 1)];
      length = whole.length - cut - 1;
    }
  }
  if (length === 0) return;
  const rest = Buffer.concat(pending, length);
  yield ok(take(rest, contentType ?? contentOf(rest)));
}
