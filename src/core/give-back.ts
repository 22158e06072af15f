/** Memory outside the heap that is given back at once. */

/** Less is not worth it, and may be memory that several buffers share. A socket is read 64 KB at a time. */
const worthwhile = 64 * 1024;

/**
 * Gives back the memory under `bytes`; they, and all other views of the same memory, are empty afterwards. For whoever
 * had the memory to himself: left to the garbage collector, hundreds of megabytes gather before it looks at them.
 */
export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= worthwhile) buffer.transfer(0);
}
