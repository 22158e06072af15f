/** Memory outside the heap that is given back at once. */

/** Less is not worth it. */
const worthwhile = 16 * 1024;
/** Up to here it may be Node's own memory, of which many small buffers are slices. */
const shared = 64 * 1024;

/**
 * Gives back the memory under `bytes`; they, and all other views of the same memory, are empty afterwards. For whoever
 * had the memory to himself: left to the garbage collector, hundreds of megabytes gather before it looks at them.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  const isWhole = byteLength === buffer.byteLength && byteLength >= worthwhile;
  if (buffer instanceof ArrayBuffer && (isWhole || buffer.byteLength > shared)) buffer.transfer(0);
}
