/**
 * Asks OpenZiti controllers for names now and then, as their events tell ids alone. Nothing waits for an answer, and a
 * controller that does not answer keeps nobody else waiting.
 *
 *   ask ─▶ learned ─ interval ─▶ ask        ask ─▶ failed ─ 5 s, 10 s, 20 s … at most the interval ─▶ ask
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultOf } from '../core/fault.ts';
import type { Named } from '../core/named.ts';
import type { Clock, Log } from '../core/ports.ts';
import { fail, type Result } from '../core/result.ts';
import type { Ask } from './ask.ts';
import { createOpenzitiController, type OpenzitiController } from './openziti-controller.ts';

export interface NamingController {
  readonly url: string;
  readonly tenant: string;
  readonly username: string;
  readonly password: string;
  /** PEM of the network's CA. */
  readonly ca?: string;
  /** Microseconds between two rounds. */
  readonly interval: number;
}

export interface OpenzitiNamesOptions {
  readonly controllers: readonly NamingController[];
  readonly ask: Ask;
  /** Takes the names of one page; what it throws fails the round. */
  readonly learn: (tenant: string, names: readonly Named[]) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** What our own database says, which quotes nothing of what came. */
class NotKept extends Error {}

export interface NamingStatus {
  readonly url: string;
  readonly tenant: string;
  /** `waiting` until the first answer; `failing`: it did not answer when last asked, and `reason` says why. */
  readonly state: 'waiting' | 'running' | 'failing';
  /** Names that it told in its last whole round, which ended at `asked` (microseconds since 1970). */
  readonly names: number;
  readonly asked?: number;
  readonly reason?: string;
}

export interface OpenzitiNames {
  status(): readonly NamingStatus[];
  /** Resolves when nothing is asked or learned any more. */
  stop(): Promise<void>;
}

/** The first wait after a failure, in milliseconds. */
const firstWait = 5_000;

/** Starts at once, all of them side by side. */
export function startOpenzitiNames(options: OpenzitiNamesOptions): OpenzitiNames {
  const { controllers, ask, learn, clock, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const statuses: NamingStatus[] = controllers.map(({ url, tenant }) => ({
    url,
    tenant,
    state: 'waiting',
    names: 0,
  }));

  async function follow(
    { url, tenant, interval }: NamingController,
    api: OpenzitiController,
    index: number,
  ): Promise<void> {
    const keep = (page: Parameters<typeof learn>[1]): void => {
      try {
        learn(tenant, page);
      } catch (error) {
        throw new NotKept(`The names could not be kept: ${error}`);
      }
    };
    const round = (): Promise<Result<number, string>> =>
      api
        .names(keep, signal)
        .catch((error: unknown) => fail(error instanceof NotKept ? error.message : faultOf(error)));
    for (let failures = 0; !signal.aborted; ) {
      const told = await round();
      if (signal.aborted) return;
      const before = statuses[index] as NamingStatus;
      if (told.ok) {
        if (before.state !== 'running')
          log.info('An OpenZiti controller tells names.', { url, tenant, names: told.value });
        failures = 0;
        statuses[index] = { url, tenant, state: 'running', names: told.value, asked: clock() };
      } else {
        if (before.state !== 'failing')
          log.warn('An OpenZiti controller tells no names; it is asked again.', {
            url,
            tenant,
            reason: told.error,
          });
        failures += 1;
        statuses[index] = { ...before, state: 'failing', reason: told.error };
      }
      const usual = interval / 1000;
      const wait = failures === 0 ? usual : Math.min(usual, firstWait * 2 ** (failures - 1));
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  }

  const running = controllers.map((controller, index) =>
    follow(controller, createOpenzitiController({ ...controller, ask, clock }), index),
  );
  return {
    status: () => statuses,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
