import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutPieces, type Piece, type PieceSizes } from './pieces.ts';

const cut = async (chunks: readonly string[], sizes: PieceSizes) => {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const pieces: Piece[] = [];
  const refusals: string[] = [];
  for await (const piece of cutPieces(source(), sizes)) {
    if (piece.ok) pieces.push(piece.value);
    else refusals.push(piece.error);
  }
  return { pieces, refusals, texts: pieces.map(({ bytes }) => Buffer.from(bytes).toString()) };
};

test('whatever the chunks, the pieces are the file, cut at line ends, with their place in it', async () => {
  const lines = fc.array(
    fc.integer({ min: 0, max: 40 }).map((n) => `{"n":"${'x'.repeat(n)}"}`),
    { minLength: 1 },
  );
  const breaks = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(lines, breaks, fc.boolean(), async (records, lengths, ended) => {
      const text = records.join('\n') + (ended ? '\n' : '');
      const chunks: string[] = [];
      for (let at = 0, i = 0; at < text.length; i++) {
        const length = lengths[i % lengths.length]!;
        chunks.push(text.slice(at, at + length));
        at += length;
      }
      const { pieces, texts } = await cut(chunks, { piece: 100, body: 1000 });
      expect(texts.join('')).toBe(text);
      for (const [index, piece] of pieces.entries()) {
        expect(piece.bytes.length).toBeLessThanOrEqual(100);
        if (index < pieces.length - 1) expect(texts[index]).toMatch(/\n$/);
        const before = texts.slice(0, index).join('');
        expect(piece.offset).toBe(before.length);
        expect(piece.line).toBe(before.split('\n').length);
      }
    }),
  );
});

test('a file that has grown gives the same pieces up to its last one', async () => {
  const line = '{"a":1}\n';
  const before = await cut([line.repeat(30)], { piece: 100, body: 1000 });
  const after = await cut([line.repeat(15), line.repeat(25)], { piece: 100, body: 1000 });
  expect(after.texts.slice(0, before.texts.length - 1)).toEqual(before.texts.slice(0, -1));
});

describe('what no line end divides', () => {
  const array = `[\n${Array(20).fill('{"a": 1}').join(',\n')}\n]\n`;

  test('an array or objects over several lines are one piece', async () => {
    const pretty = '{\n  "a": 1\n}\n'.repeat(20);
    for (const text of [array, pretty, `\ufeff${pretty}`]) {
      const { texts, pieces } = await cut([text], { piece: 50, body: 1000 });
      expect(texts).toEqual([text]);
      expect(pieces[0]?.contentType).toBe('application/json');
    }
  });

  test('it is refused where it is too large for one request, saying what to do', async () => {
    const { refusals, pieces } = await cut([array], { piece: 50, body: 100 });
    expect(pieces).toEqual([]);
    expect(refusals).toEqual([expect.stringContaining('jq -c')]);
  });
});

test('a line longer than a piece goes whole, up to the largest body', async () => {
  const long = `{"a":"${'x'.repeat(200)}"}\n`;
  const { texts } = await cut(['{}\n', long, '{}\n'], { piece: 50, body: 1000 });
  expect(texts.join('')).toBe(`{}\n${long}{}\n`);
  expect(texts.every((text) => text.endsWith('\n'))).toBe(true);
  const { refusals } = await cut([`{}\n`, long], { piece: 50, body: 100 });
  expect(refusals).toEqual(['has a line longer than 100 bytes at line 2']);
});

test('text lines are told from JSON', async () => {
  const { pieces } = await cut(['203.0.113.7 - - "GET /"\n'], { piece: 50, body: 100 });
  expect(pieces[0]?.contentType).toBe('text/plain');
  expect((await cut(['{}\n'], { piece: 50, body: 100 })).pieces[0]?.contentType).toBe('application/x-ndjson');
});

test('an empty file has no piece', async () => {
  expect((await cut([], { piece: 50, body: 100 })).pieces).toEqual([]);
  expect((await cut([''], { piece: 50, body: 100 })).pieces).toEqual([]);
});
