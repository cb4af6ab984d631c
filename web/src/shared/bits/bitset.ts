/** Cells as the API packs them: eight to a byte, the first in the lowest bit; base64url. */

/** `count` zeros and ones. */
export function decodeBits(text: string, count: number): Uint8Array {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bits = new Uint8Array(count)
  for (let bit = 0; bit < count; bit++) bits[bit] = (bytes.charCodeAt(bit >> 3) >> (bit & 7)) & 1
  return bits
}
