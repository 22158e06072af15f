/**
 * How often a sign-in may fail. Counted by address and user together, so that whoever guesses behind a proxy does not
 * lock out the others behind it; by user over all addresses, so that nobody is guessed from many; and, loosely, by
 * address over all users. A browser in which the user has signed in before is counted on its own: an attack on a user
 * does not lock out the user.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/ports.ts';
import { createAttempts } from './attempts.ts';
import { hashOf } from './secret.ts';

export interface SignIn {
  readonly address: string;
  readonly name: string;
  /** Id of the browser, where the user has signed in with it before. */
  readonly browser: string | undefined;
}

export interface SignInLimits {
  /** Seconds to wait before this may be tried; 0 when it may now, and then it counts until it has succeeded. */
  begin(signIn: SignIn): number;
  succeeded(signIn: SignIn): void;
}

export function createSignInLimits(clock: Clock): SignInLimits {
  const byBrowser = createAttempts({ clock, burst: 10, interval: 30e6 });
  const byBoth = createAttempts({ clock, burst: 10, interval: 30e6 });
  const byName = createAttempts({ clock, burst: 100, interval: 6e6 });
  const byAddress = createAttempts({ clock, burst: 300, interval: 1e6 });
  // Hashes, so that long names take no more memory than short ones.
  const bucketsOf = ({ address, name, browser }: SignIn) =>
    browser === undefined
      ? ([
          [byBoth, hashOf(`${address}\0${name}`)],
          [byName, hashOf(name)],
          [byAddress, address],
        ] as const)
      : ([[byBrowser, hashOf(`${browser}\0${name}`)]] as const);
  return {
    begin(signIn) {
      const buckets = bucketsOf(signIn);
      const seconds = Math.max(...buckets.map(([attempts, key]) => attempts.wait(key)));
      if (seconds === 0) for (const [attempts, key] of buckets) attempts.tried(key);
      return seconds;
    },
    succeeded(signIn) {
      for (const [attempts, key] of bucketsOf(signIn)) attempts.succeeded(key);
    },
  };
}

const markOf = (secret: string, id: string, name: string): Buffer =>
  createHmac('sha256', secret).update(`browser\0${id}\0${name}`).digest();

/** What a browser keeps after the user has signed in with it: an id, and that we gave it for this user. */
export function knownBrowser(
  secret: string,
  name: string,
  id = randomBytes(12).toString('base64url'),
): string {
  return `${id}.${markOf(secret, id, name).toString('base64url')}`;
}

/** The id of the browser, when `kept` was given for this user. */
export function browserOf(secret: string, name: string, kept: string | undefined): string | undefined {
  const [id = '', mark = ''] = (kept ?? '').split('.');
  const [given, expected] = [Buffer.from(mark, 'base64url'), markOf(secret, id, name)];
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
}
