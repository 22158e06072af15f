/**
 * Sends bulk bodies over a few connections as fast as they are acknowledged; a process of its own, so that it shares
 * nothing with the server but the machine. Prints one JSON line: { events, duplicates, seconds, latencies }.
 */
import { Agent, request } from 'node:http';
import { createRandom, type Random } from '../src/sample/random.ts';
import { createBodies, stamp } from './bodies.ts';
import { createMixedBodies, type MadeBody } from './mixed.ts';
import { atRank } from './rank.ts';

export interface SenderTask {
  readonly url: string;
  readonly path: string;
  readonly authorization: string;
  readonly events: number;
  readonly first: number;
  readonly perBody: number;
  /** Small or whole events of Otoroshi, or a mix of all vocabularies. */
  readonly load: 'small' | 'whole' | 'mixed';
  readonly connections: number;
  /** The events spread evenly over this span, milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Share of the bodies that are sent twice. */
  readonly resend: number;
}

export interface SenderReport {
  readonly events: number;
  readonly resent: number;
  readonly refused: number;
  readonly seconds: number;
  /** Milliseconds to the acknowledgement of a body: median and 99th percentile. */
  readonly p50: number;
  readonly p99: number;
}

function post(task: SenderTask, agent: Agent, bytes: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${task.url}${task.path}`,
      {
        agent,
        method: 'POST',
        headers: {
          authorization: task.authorization,
          'content-type': 'application/x-ndjson',
          'content-length': bytes.length,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('latin1') }),
        );
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

/** The next body of a connection; undefined when all are sent. */
type Next = (connection: number) => MadeBody | undefined;

function stamped(task: SenderTask, random: Random): Next {
  const { perBody, load } = task;
  const pool = Array.from({ length: task.connections }, (_, connection) =>
    createBodies({
      whole: load === 'whole',
      perBody,
      bodies: load === 'whole' ? 8 : 24,
      seed: 11 + connection,
    }),
  );
  const turns = pool.map(() => 0);
  const total = Math.ceil(task.events / perBody);
  const step = (task.to - task.from) / task.events;
  let taken = 0;
  return (connection) => {
    if (taken === total) return undefined;
    const first = taken++ * perBody;
    const bodies = pool[connection]!;
    const body = bodies[turns[connection]!++ % bodies.length]!;
    stamp(body, { first: task.first + first, time: task.from + first * step, step }, random);
    return body;
  };
}

function mixed(task: SenderTask): Next {
  const bodies = createMixedBodies({ ...task, seed: 5 }).values();
  return () => bodies.next().value;
}

async function run(task: SenderTask): Promise<SenderReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: task.connections });
  const random = createRandom(3);
  const next = task.load === 'mixed' ? mixed(task) : stamped(task, random);
  let events = 0;
  let resent = 0;
  let refused = 0;
  const latencies: number[] = [];

  async function connection(number: number): Promise<void> {
    for (let body = next(number); body !== undefined; body = next(number)) {
      events += body.count;
      const times = random.chance(task.resend) ? 2 : 1;
      for (let time = 0; time < times; time++) {
        const started = performance.now();
        const answer = await post(task, agent, body.bytes);
        latencies.push(performance.now() - started);
        if (answer.status !== 200 || answer.text.includes('"errors":true')) {
          refused += body.count;
          if (refused === body.count)
            process.stderr.write(`refused: ${answer.status} ${answer.text.slice(0, 400)}\n`);
        }
      }
      resent += (times - 1) * body.count;
    }
  }

  const started = performance.now();
  await Promise.all(Array.from({ length: task.connections }, (_, number) => connection(number)));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  latencies.sort((left, right) => left - right);
  return { events, resent, refused, seconds, p50: atRank(latencies, 0.5), p99: atRank(latencies, 0.99) };
}

const report = await run(JSON.parse(process.argv[2] ?? '{}') as SenderTask);
process.stdout.write(`${JSON.stringify(report)}\n`);
