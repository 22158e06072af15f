/**
 * Watching the disk of the journal: how full it is, and a reserve that is given up when it is full, so that recovery
 * and the program's own audit can still write.
 */
import { join } from 'node:path';
import type { Log } from '../core/ports.ts';
import type { JournalFiles } from './files.ts';

/** `low`: somebody should look. `full`: the doors take nothing more (503) until it is better; reads go on. */
export type Pressure = 'ok' | 'low' | 'full';

export interface DiskLimits {
  /** Free share of the disk below which the pressure is low (0.1). */
  readonly low?: number;
  /** Free share, and free bytes, below which the doors close (0.05 and 2 GB; on a small disk 10 % instead of 2 GB). */
  readonly full?: number;
  readonly fullBytes?: number;
  /** Bytes of the reserve (16 MB, on a small disk 1 % of it). */
  readonly headroom?: number;
}

/** The thresholds in bytes for a disk of `total` bytes. */
export function thresholds(
  total: number,
  { low = 0.1, full = 0.05, fullBytes = 2e9 }: DiskLimits,
): { full: number; low: number } {
  const closing = Math.max(total * full, Math.min(fullBytes, total * 0.1));
  return { full: closing, low: Math.max(total * low, closing * 1.5) };
}

const zeros = Buffer.alloc(1 << 20);

export class Disk {
  readonly #folder: string;
  readonly #files: JournalFiles;
  readonly #log: Log;
  readonly #limits: DiskLimits;
  #reserved = false;
  pressure: Pressure = 'ok';
  free = 0;
  total = 0;

  constructor(folder: string, files: JournalFiles, log: Log, limits: DiskLimits) {
    this.#folder = folder;
    this.#files = files;
    this.#log = log;
    this.#limits = limits;
  }

  get #reserve(): string {
    return join(this.#folder, 'headroom');
  }

  /** Measures; makes the reserve again when there is plenty of room. Never rejects. */
  async check(): Promise<Pressure> {
    try {
      const { free, total } = await this.#files.space(this.#folder);
      const { full, low } = thresholds(total, this.#limits);
      Object.assign(this, { free, total });
      this.#turn(free < full ? 'full' : free < low ? 'low' : 'ok');
      if (this.pressure === 'ok' && !this.#reserved) await this.#reserveRoom();
    } catch (error) {
      this.#log.error('The disk of the journal cannot be measured', { reason: String(error) });
    }
    return this.pressure;
  }

  #turn(pressure: Pressure): void {
    if (pressure === this.pressure) return;
    const fields = { free: this.free, total: this.total };
    if (pressure === 'ok') this.#log.info('The disk of the journal has room again', fields);
    else this.#log.warn(`The disk of the journal is ${pressure === 'low' ? 'nearly full' : 'full'}`, fields);
    this.pressure = pressure;
  }

  async #reserveRoom(): Promise<void> {
    const { headroom: size = Math.min(16 << 20, Math.floor(this.total / 100)) } = this.#limits;
    const file = await this.#files.open(this.#reserve, 'create');
    try {
      for (let at = 0; at < size; )
        at += await file.write(zeros.subarray(0, Math.min(zeros.length, size - at)), at);
      this.#reserved = size > 0;
    } finally {
      await file.close();
      // What is left of a try must not fill the disk.
      if (!this.#reserved) await this.#files.unlink(this.#reserve);
    }
  }

  /** The disk is full: gives up the reserve. Whether there was one. */
  async giveUpReserve(): Promise<boolean> {
    this.#turn('full');
    if (!this.#reserved) return false;
    this.#reserved = false;
    await this.#files.unlink(this.#reserve);
    return true;
  }
}
