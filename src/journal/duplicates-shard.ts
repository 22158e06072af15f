/**
 * One part of the duplicate index: a ring of ids in order of arrival, and an open-addressed table into it.
 *
 * A table slot holds 17 bits of the hash and the 15 bits of the ring index. The slot where an id belongs follows
 * from those 17 bits alone, so growing, and closing the gap that a forgotten id leaves, read the table only.
 */

const indexBits = 15;
const indexMask = (1 << indexBits) - 1;
const tags = 1 << 17;
/** Ids between two marks of time. */
const stretch = 256;
/** Four thirds of the ids: half of the probes of an unknown id end at the first or second slot. */
const slotsFor = (ids: number): number => Math.ceil((ids * 4) / 3) + 1;

/** The most ids that one shard can hold: index + 1 must fit beside the tag, as 0 means empty. */
export const shardCapacity = indexMask;

export class Shard {
  readonly #capacity: number;
  /** Low half, high half and content of each id. */
  #ring: Uint32Array;
  /** 0 is empty, else tag and ring index, plus one. */
  #slots: Uint32Array;
  /** The latest time of receipt in each stretch of the ring. */
  readonly #marks: Float64Array;
  #next = 0;
  #used = 0;
  #evictedTo = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    const initial = Math.min(capacity, 128);
    this.#ring = new Uint32Array(initial * 3);
    this.#slots = new Uint32Array(slotsFor(initial));
    this.#marks = new Float64Array(Math.ceil(capacity / stretch));
  }

  /** The latest time of receipt among the ids that had to go; 0 when none had. */
  get evictedTo(): number {
    return this.#evictedTo;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#ring.byteLength + this.#slots.byteLength + this.#marks.byteLength;
  }

  /** The content hash known for this id; undefined when it was unknown and is now put in. */
  claim(low: number, high: number, content: number, received: number): number | undefined {
    const at = this.#find(low, high);
    if (at >= 0) return this.#ring[(((this.#slots[at] as number) - 1) & indexMask) * 3 + 2];
    this.#insert(low, high, content, received);
    return undefined;
  }

  forget(low: number, high: number): void {
    const at = this.#find(low, high);
    if (at >= 0) this.#remove(at);
  }

  /** The slot of an id, or -1. */
  #find(low: number, high: number): number {
    const tag = low >>> indexBits;
    const slots = this.#slots;
    let at = this.#home(tag);
    for (let slot = slots[at] as number; slot !== 0; slot = slots[at] as number) {
      const value = slot - 1;
      if (value >>> indexBits === tag) {
        const place = (value & indexMask) * 3;
        if (this.#ring[place] === low && this.#ring[place + 1] === high) return at;
      }
      at = at + 1 === slots.length ? 0 : at + 1;
    }
    return -1;
  }

  #insert(low: number, high: number, content: number, received: number): void {
    if (this.#next * 3 === this.#ring.length && this.#ring.length < this.#capacity * 3) this.#grow();
    if (this.#next === this.#capacity) this.#next = 0;
    const index = this.#next++;
    const mark = Math.floor(index / stretch);
    if (this.#used === this.#capacity) {
      this.#evict(index);
      if (index % stretch === 0) this.#evictedTo = Math.max(this.#evictedTo, this.#marks[mark] as number);
    } else {
      this.#used++;
    }
    this.#marks[mark] = index % stretch === 0 ? received : Math.max(this.#marks[mark] as number, received);
    this.#ring[index * 3] = low;
    this.#ring[index * 3 + 1] = high;
    this.#ring[index * 3 + 2] = content;
    this.#put((((low >>> indexBits) << indexBits) | index) >>> 0);
    this.#size++;
  }

  #put(value: number): void {
    let at = this.#home(value >>> indexBits);
    while (this.#slots[at] !== 0) at = at + 1 === this.#slots.length ? 0 : at + 1;
    this.#slots[at] = value + 1;
  }

  /** Takes the id at `index` of the ring out of the table; one that was forgotten before is not there. */
  #evict(index: number): void {
    let at = this.#home((this.#ring[index * 3] as number) >>> indexBits);
    for (let slot = this.#slots[at] as number; slot !== 0; slot = this.#slots[at] as number) {
      if (((slot - 1) & indexMask) === index) {
        this.#remove(at);
        return;
      }
      at = at + 1 === this.#slots.length ? 0 : at + 1;
    }
  }

  /** Empties a slot and moves those behind it that would no longer be found (Knuth, volume 3, algorithm 6.4 R). */
  #remove(at: number): void {
    const slots = this.#slots;
    let gap = at;
    let behind = at;
    for (;;) {
      behind = behind + 1 === slots.length ? 0 : behind + 1;
      const slot = slots[behind] as number;
      if (slot === 0) break;
      const home = this.#home((slot - 1) >>> indexBits);
      const stays = gap <= behind ? gap < home && home <= behind : gap < home || home <= behind;
      if (stays) continue;
      slots[gap] = slot;
      gap = behind;
    }
    slots[gap] = 0;
    this.#size--;
  }

  #grow(): void {
    const capacity = Math.min(this.#capacity, (this.#ring.length / 3) * 2);
    const ring = new Uint32Array(capacity * 3);
    ring.set(this.#ring);
    this.#ring = ring;
    const old = this.#slots;
    this.#slots = new Uint32Array(slotsFor(capacity));
    for (const slot of old) if (slot !== 0) this.#put(slot - 1);
  }

  #home(tag: number): number {
    return Math.floor((tag * this.#slots.length) / tags);
  }
}
