/**
 * Opaque texts for what counts through all tenants, such as a position in the journal: given back they mean the same,
 * and nobody reads from them how much others have sent. Bound to what they are for and to their tenant.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';

export interface Seal {
  /** The same text for the same number. */
  number(purpose: string, tenant: string, number: number): string;
  /** Undefined for what was not sealed here for this purpose and tenant. */
  openNumber(purpose: string, tenant: string, text: string): number | undefined;
  text(purpose: string, tenant: string, text: string): string;
  openText(purpose: string, tenant: string, text: string): string | undefined;
}

const numberBytes = 8;
const blockBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/** `secret`: of the installation; texts are of no use in another. */
export function createSeal(secret: string): Seal {
  const keyFor = (use: string): Buffer => createHmac('sha256', secret).update(`seal\0${use}`).digest();
  const [numbers, texts, nonces] = ['numbers', 'texts', 'nonces'].map(keyFor) as [Buffer, Buffer, Buffer];
  /** Half a block by which a number is known again. */
  const markOf = (purpose: string, tenant: string): Buffer =>
    createHash('sha256')
      .update(`${purpose}\0${tenant}`)
      .digest()
      .subarray(0, blockBytes - numberBytes);

  return {
    number(purpose, tenant, number) {
      const block = Buffer.alloc(blockBytes);
      block.writeBigUInt64BE(BigInt(number));
      markOf(purpose, tenant).copy(block, numberBytes);
      const cipher = createCipheriv('aes-256-ecb', numbers, null).setAutoPadding(false);
      return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
    },
    openNumber(purpose, tenant, text) {
      const sealed = Buffer.from(text, 'base64url');
      if (sealed.length !== blockBytes) return undefined;
      const decipher = createDecipheriv('aes-256-ecb', numbers, null).setAutoPadding(false);
      const block = Buffer.concat([decipher.update(sealed), decipher.final()]);
      return block.subarray(numberBytes).equals(markOf(purpose, tenant))
        ? Number(block.readBigUInt64BE())
        : undefined;
    },
    text(purpose, tenant, text) {
      const about = Buffer.from(`${purpose}\0${tenant}`);
      const nonce = createHmac('sha256', nonces)
        .update(about)
        .update('\0')
        .update(text)
        .digest()
        .subarray(0, nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', texts, nonce).setAAD(about);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    openText(purpose, tenant, text) {
      const sealed = Buffer.from(text, 'base64url');
      if (sealed.length < nonceBytes + tagBytes) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', texts, sealed.subarray(0, nonceBytes))
        .setAAD(Buffer.from(`${purpose}\0${tenant}`))
        .setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        return (
          decipher.update(sealed.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
        );
      } catch {
        return undefined;
      }
    },
  };
}
