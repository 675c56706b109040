/** Bytes on the wire, and the numbers they stand for. */

/** Heights are unsigned 16-bit integers, little-endian, this one for a height of 1. */
export const FULL = 65535;

/**
 * View bytes as 16-bit heights.
 *
 * The bytes are copied: a buffer of the websocket may start at an odd offset, where a
 * `Uint16Array` cannot, and is reused by some hosts.
 */
export function decodeHeights(bytes: DataView | ArrayBufferView): Uint16Array {
  const length = bytes.byteLength - (bytes.byteLength % 2);
  return new Uint16Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length) as ArrayBuffer,
  );
}

/** Decode base64, as it stands in a page that has no kernel. */
export function decodeBase64(text: string): DataView {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) {
    bytes[i] = binary.charCodeAt(i);
  }
  return new DataView(bytes.buffer);
}
