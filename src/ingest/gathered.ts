/** The bytes of one body, gathered as they arrive: memory grows with what is here, not with what was announced. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { giveBack } from '../core/give-back.ts';

/** Bytes that one turn of the event loop copies: 100 MB at once would hold it for 50 ms. */
const copiedAtOnce = 4_000_000;
/** From here on a body has memory of its own, which is worth giving back at once. */
const largeBody = 1_000_000;
/** A piece below this is copied to a block: kept, it would take many times its bytes. */
const smallPiece = 4_096;
const blockBytes = 16_384;
/** Of what was announced: when so much is here, memory for all of it is taken. */
const hereFirst = 1 / 4;

export class Gathered {
  readonly #announced: number;
  /** Whether the pieces come from a decoder. Such pieces share its memory, which it needs until its end. */
  readonly #decoded: boolean;
  #pieces: Buffer[] = [];
  /** Small pieces one after the other, the last of `#pieces` once it is full or a large one follows. */
  #block: Buffer | undefined;
  #inBlock = 0;
  /** All of it, once enough of what was announced is here. */
  #whole: Buffer | undefined;
  #length = 0;

  /** @param announced bytes; 0 when not known */
  constructor(announced: number, isDecoded: boolean) {
    this.#announced = announced;
    this.#decoded = isDecoded;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes the next piece. It must not be used afterwards. */
  add(piece: Buffer): Promise<void> | undefined {
    const at = this.#length;
    this.#length += piece.length;
    if (this.#whole !== undefined) {
      piece.copy(this.#whole, at);
      this.#drop(piece);
      return;
    }
    if (piece.length < smallPiece && at > 0) this.#copyToBlock(piece);
    else {
      this.#seal();
      this.#pieces.push(piece);
    }
    const isMost = this.#announced > largeBody && this.#length >= this.#announced * hereFirst;
    return isMost ? this.#join(this.#announced) : undefined;
  }

  /** All of it in one buffer. */
  async bytes(): Promise<Buffer> {
    this.#seal();
    const [only] = this.#pieces;
    if (this.#whole === undefined && this.#pieces.length === 1 && this.#length < largeBody)
      return only as Buffer;
    if (this.#whole === undefined) await this.#join(this.#length);
    return (this.#whole as Buffer).subarray(0, this.#length);
  }

  /** Lets go of everything. */
  clear(): void {
    this.#pieces = [];
    this.#block = undefined;
    this.#whole = undefined;
  }

  #copyToBlock(piece: Buffer): void {
    if (this.#block !== undefined && this.#inBlock + piece.length > blockBytes) this.#seal();
    this.#block ??= Buffer.allocUnsafeSlow(blockBytes);
    this.#inBlock += piece.copy(this.#block, this.#inBlock);
  }

  #seal(): void {
    if (this.#block === undefined) return;
    this.#pieces.push(this.#block.subarray(0, this.#inBlock));
    this.#block = undefined;
    this.#inBlock = 0;
  }

  /** A piece from a socket may lie in the same memory as the next request. */
  #drop(piece: Buffer): void {
    if (piece.byteLength === piece.buffer.byteLength) giveBack(piece);
  }

  /** Moves the pieces to one buffer of `size` bytes, a few in each turn. */
  async #join(size: number): Promise<void> {
    this.#seal();
    const pieces = this.#pieces;
    const whole = Buffer.allocUnsafeSlow(size);
    const lastOf = new Map(this.#decoded ? pieces.map(({ buffer }, index) => [buffer, index]) : []);
    let at = 0;
    let rested = 0;
    for (const [index, piece] of pieces.entries()) {
      at += piece.copy(whole, at);
      if (!this.#decoded) this.#drop(piece);
      else if (lastOf.get(piece.buffer) === index) giveBack(piece);
      if (at - rested > copiedAtOnce) {
        rested = at;
        await nextTurn();
      }
    }
    this.#pieces = [];
    this.#whole = whole;
  }
}

/** Gives back the memory of a body that is needed no more. */
export function giveBackBody(bytes: Buffer): void {
  if (bytes.length >= largeBody) giveBack(bytes);
}
