/** Passwords as asynchronous scrypt, one at a time: each takes 32 MB and a fifth of a second of a shared thread pool. */
import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

// One of the equivalent settings of the OWASP Password Storage Cheat Sheet.
const cost = { N: 2 ** 15, r: 8, p: 3 } as const;
const maxmem = 64 * 2 ** 20;
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** Characters that a password may have, at least and at most. */
export const passwordLength = { least: 12, most: 1024 } as const;

/** 20 random letters and digits without the ones that look alike: 116 bits. */
export const newPassword = (): string =>
  Array.from({ length: 20 }, () => letters[randomInt(letters.length)]).join('');

export interface Passwords {
  /** `scrypt$N$r$p$salt$hash`, the last two in base64. */
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown user (`undefined`) as for a known one. */
  matches(password: string, kept: string | undefined): Promise<boolean>;
  /** How many wait for their turn. */
  readonly waiting: number;
}

const derive = (password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, 32, { ...options, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });

export function createPasswords(): Passwords {
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = (password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> => {
    waiting++;
    const mine = turn
      .then(() => derive(password, salt, options))
      .finally(() => {
        waiting--;
      });
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    async hash(password) {
      const salt = randomBytes(16);
      const key = await inTurn(password, salt, cost);
      return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
    },
    async matches(password, kept) {
      const [, N, r, p, salt = '', key = ''] = (kept ?? '').split('$');
      if (kept === undefined) {
        await inTurn(password, randomBytes(16), cost);
        return false;
      }
      const expected = Buffer.from(key, 'base64');
      const options = { N: Number(N), r: Number(r), p: Number(p) };
      const actual = await inTurn(password, Buffer.from(salt, 'base64'), options);
      return timingSafeEqual(actual, expected);
    },
    get waiting() {
      return waiting;
    },
  };
}
