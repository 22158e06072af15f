/**
 * The engine process: ClickHouse in a library behind its HTTP interface on loopback. Started by `engine.ts`, talked to
 * by `@clickhouse/client` only, so that a real server can take its place.
 *
 * Its orders arrive as the first line of standard input, the password among them, because argv and environment can be
 * read by others. It answers `{"port": n}` on standard output when it can be asked. It ends when standard input ends,
 * at once, so that no orphan holds the folder, and on SIGTERM: what runs may finish for a while, the rest is cancelled.
 */
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { createGate } from './gate.ts';
import { answerHttp } from './http.ts';
import { openNative } from './native.ts';
import type { Orders } from './orders.ts';

/** Milliseconds that running statements get after SIGTERM. */
const patience = 5_000;

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw new Error('Standard input ended before the orders came.');
}

/**
 * Leaving by exit() would run the library's own shutdown, which waits for threads of the engine and was seen to fault or
 * to hang. A kill loses nothing that was answered.
 */
const leave = (): void => void process.kill(process.pid, 'SIGKILL');

async function main(): Promise<void> {
  // What it makes is its user's alone: folders 0700, files 0600.
  process.umask(0o077);
  const orders = JSON.parse(await firstLine()) as Orders;
  const native = openNative(orders.folder, orders.args);
  const reads = createGate(orders.reads, 256);
  const writes = createGate(orders.writes, 64);
  const { listener, killAll } = answerHttp({ ...orders, native, reads, writes });
  // Parameters of a query travel in its URL, lists of thousands of values too.
  const server = createServer(
    { requestTimeout: 0, keepAliveTimeout: 10_000, maxHeaderSize: 16 * 1024 * 1024 },
    listener,
  );

  process.once('SIGTERM', () => {
    setTimeout(killAll, patience);
    server.close(leave);
    // Connections that fall idle later are kept alive otherwise.
    setInterval(() => server.closeIdleConnections(), 20);
  });
  // A terminal sends it to the whole group; the parent decides.
  process.on('SIGINT', () => {});
  // Nobody is left to want an answer.
  process.stdin.once('end', leave).resume();

  server.listen(orders.port, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') {
      process.stdout.write(`${JSON.stringify({ port: address.port })}\n`);
    }
  });
}

// Node would leave by exit() too, also when this fails because the parent, who would read it, is gone.
process.once('uncaughtException', (error) => {
  try {
    writeSync(process.stderr.fd, `${error}\n`);
  } finally {
    leave();
  }
});
await main();
