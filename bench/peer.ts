/** VictoriaLogs as a peer in the same run, where its program is on the PATH; it acknowledges before the disk has them. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './send.ts';
import { folderSize, freePort, memory } from './server.ts';

export interface PeerRun {
  readonly name: string;
  readonly events: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly bytesPerEvent: number;
  readonly memoryPeak: number;
}

export function findPeer(): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v victoria-logs']).toString().trim();
  } catch {
    return undefined;
  }
}

export async function measurePeer(program: string, events: number, whole: boolean): Promise<PeerRun> {
  const folder = await mkdtemp(join(tmpdir(), 'victoria-logs-'));
  const port = await freePort();
  const child = spawn(
    program,
    [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y'],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    ))
  )
    await sleep(50);
  const to = Date.now() - 60_000;
  let peak = 0;
  let sending = true;
  const watch = (async () => {
    for (; sending; await sleep(300)) peak = Math.max(peak, await memory(child.pid ?? -1));
  })();
  const report = await send({
    url,
    path: '/insert/elasticsearch/_bulk?_msg_field=method&_time_field=@timestamp&_stream_fields=@service',
    authorization: '',
    events,
    first: 1,
    perBody: whole ? 200 : 1000,
    load: whole ? 'whole' : 'small',
    connections: 4,
    from: to - 24 * 3_600_000,
    to,
    resend: 0,
  });
  sending = false;
  await watch;
  await sleep(5_000);
  const bytes = await folderSize(folder);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await ended;
  await rm(folder, { recursive: true });
  return {
    name: `VictoriaLogs, ${whole ? 'whole' : 'small'}`,
    events,
    perSecond: report.events / report.seconds,
    p50: report.p50,
    p99: report.p99,
    bytesPerEvent: bytes / report.events,
    memoryPeak: peak,
  };
}
