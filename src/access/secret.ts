/** Random secrets, and what is kept of them. */
import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes as base64url: 43 characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/**
 * SHA-256 in hexadecimal. A plain hash is enough for 256 random bits (nothing to guess), and looking a row up by it
 * gives an attacker no timing to learn from: he cannot choose the hash.
 */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
