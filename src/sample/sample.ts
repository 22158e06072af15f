/**
 * Sample traffic: realistic, live, of every vocabulary known, in a tenant of its own, so that a newcomer sees every
 * page alive within a minute. It goes in through the main street as any sender's would; removing it drops the whole
 * retention class, so nothing of it stays behind. Exporters never see this tenant.
 */
import type { Accept } from '../core/ingest.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Protocol } from '../core/spec.ts';
import { createTraffic, type Spoken } from './traffic.ts';

export const sampleTenant = 'sample';

export interface SampleStatus {
  readonly running: boolean;
  /** The past is still being filled in. */
  readonly filling: boolean;
  /** Events sent since the start of this process. */
  readonly sent: number;
}

export interface Sample {
  status(): SampleStatus;
  /**
   * Goes live at once and fills in the last hours behind it, newest first. Resolves when the tenant is there; does
   * nothing while it runs.
   */
  start(): Promise<SampleStatus>;
  /** Stops and removes every sample event; answers how many there were. */
  remove(): Promise<{ readonly removed: number }>;
  /** Stops without removing; for shutdown. */
  stop(): Promise<void>;
}

interface SampleParts {
  readonly accept: Accept;
  /** JSON and NDJSON. */
  readonly protocol: Protocol;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls a second in the busiest minute. */
  readonly rate: number;
  /** Makes the sample tenant; does nothing when it is there. */
  readonly enter: () => Promise<void>;
  /** Removes the tenant with its events once all of them are stored; resolves with their number. */
  readonly leave: () => Promise<number>;
}

const hoursBefore = 6;
const stretch = 10 * 60_000;

export function createSample({ accept, protocol, clock, log, rate, enter, leave }: SampleParts): Sample {
  const traffic = createTraffic({ rate, seed: 4900 });
  const now = (): number => Math.floor(clock() / 1000);
  let timer: NodeJS.Timeout | undefined;
  let starting: Promise<SampleStatus> | undefined;
  let filling: Promise<void> | undefined;
  let sent = 0;
  const status = (): SampleStatus => ({ running: timer !== undefined, filling: filling !== undefined, sent });

  const send = async (spoken: Spoken): Promise<void> => {
    await Promise.all([...spoken].map(([vocabulary, records]) => post(vocabulary, records)));
  };

  async function post(vocabulary: string, records: readonly string[]): Promise<void> {
    if (records.length === 0) return;
    sent += records.length;
    const answer = await accept({
      tenant: sampleTenant,
      receiver: 'sample',
      sender: `sample ${vocabulary}`,
      received: clock(),
      body: Buffer.from(records.join('\n')),
      headers: { 'content-type': 'application/x-ndjson' },
      protocol,
      vocabulary,
    });
    if (!answer.ok) log.warn('sample traffic was refused', { vocabulary, reason: answer.error.reason });
  }
  const failed = (error: unknown): void => log.error('sample traffic failed', { error: String(error) });

  async function fill(until: number): Promise<void> {
    const begin = until - hoursBefore * 3_600_000;
    for (let to = until; to > begin && timer !== undefined; to -= stretch)
      await send(traffic.between(to - stretch, to, false));
  }

  async function begin(): Promise<SampleStatus> {
    await enter();
    let until = now();
    await send(traffic.opening(until));
    timer ??= setInterval(() => {
      const from = until;
      until = now();
      send(traffic.between(from, until, true)).catch(failed);
    }, 1000);
    timer.unref();
    filling ??= fill(until)
      .catch(failed)
      .finally(() => {
        filling = undefined;
      });
    return status();
  }

  async function start(): Promise<SampleStatus> {
    if (timer !== undefined) return status();
    starting ??= begin().finally(() => {
      starting = undefined;
    });
    return starting;
  }

  async function stop(): Promise<void> {
    await starting?.catch(failed);
    clearInterval(timer);
    timer = undefined;
    await filling;
  }

  return {
    status,
    start,
    async remove() {
      await stop();
      return { removed: await leave() };
    },
    stop,
  };
}
