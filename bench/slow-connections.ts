/** Connections that send a body to `POST /ingest` as slowly as they like, in each of the ways in which one can. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface SlowSender {
  readonly name: string;
  /** Headers that say how the body comes. */
  readonly headers: readonly string[];
  /** Bytes that come at once. */
  readonly atOnce: number;
  /** What comes every `every` milliseconds afterwards. */
  readonly piece: (index: number) => Buffer;
  readonly every: number;
}

const letters = (count: number): Buffer => Buffer.alloc(count, 'x');
/** 100 MB that hardly shrink, of which nobody sends more than the beginning. */
const packed = gzipSync(randomBytes(200_000));

export const slowSenders: readonly SlowSender[] = [
  {
    name: 'announces 100 MB, sends a byte a second',
    headers: ['content-length: 100000000'],
    atOnce: 1,
    piece: () => letters(1),
    every: 1_000,
  },
  {
    name: 'sends 4 MB of 100 at once, then 2 KB a second',
    headers: ['content-length: 100000000'],
    atOnce: 4_000_000,
    piece: () => letters(2_000),
    every: 1_000,
  },
  {
    name: 'sends chunks of one byte, two hundred a second',
    headers: ['transfer-encoding: chunked'],
    atOnce: 0,
    piece: () => Buffer.from('1\r\nx\r\n'.repeat(20)),
    every: 100,
  },
  {
    name: 'sends gzip, 2 KB a second',
    headers: ['content-length: 100000000', 'content-encoding: gzip'],
    atOnce: 0,
    piece: (index) => packed.subarray(index * 2_000, (index + 1) * 2_000),
    every: 1_000,
  },
];

/** One connection of each kind in turn, `count` in all; each begins anew when it is ended. Until `signal` is aborted. */
export function openSlowSenders(
  server: string,
  authorization: string,
  count: number,
  signal: AbortSignal,
): { readonly answers: ReadonlyMap<string, number> } {
  const { hostname, port } = new URL(server);
  const answers = new Map<string, number>();

  function begin(sender: SlowSender): void {
    if (signal.aborted) return;
    let sending: NodeJS.Timeout | undefined;
    const socket: Socket = connect(Number(port), hostname, () => {
      const head = ['POST /ingest HTTP/1.1', 'host: x', `authorization: ${authorization}`, ...sender.headers];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      socket.write(letters(sender.atOnce));
      let index = 0;
      sending = setInterval(() => socket.write(sender.piece(index++)), sender.every);
    });
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      const [status = ''] = bytes.toString('latin1').split('\r\n', 1);
      if (status.startsWith('HTTP/')) answers.set(status.slice(9), (answers.get(status.slice(9)) ?? 0) + 1);
      socket.destroy();
    });
    socket.once('close', () => {
      clearInterval(sending);
      signal.removeEventListener('abort', end);
      setTimeout(() => begin(sender), 1_000).unref();
    });
  }

  for (let index = 0; index < count; index += 1) begin(slowSenders[index % slowSenders.length] as SlowSender);
  return { answers };
}
