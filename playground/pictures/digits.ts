/** The autoencoder of examples/vae-digits, evaluated in the page: its networks are small. */
import type { Data } from "../example.ts";
import { type Learned, layer } from "../learned.ts";

export const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Digits from here on are kept back. */
const KEPT_BACK = 9000;

/** Ink of a digit, 0 or 1. */
export function digitAt(data: Data, position: number): Uint8Array {
  const bytes = bytesOf(String(data.pixels));
  return Uint8Array.from({ length: PIXELS }, (_, p) => {
    const bit = position * PIXELS + p;
    return (bytes.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1;
  });
}

const known = { text: "", bytes: "" };
function bytesOf(text: string): string {
  if (known.text !== text) Object.assign(known, { text, bytes: atob(text) });
  return known.bytes;
}

/** The first digit of this kind among those kept back. */
export const firstOf = (data: Data, label: number): number => String(data.labels).indexOf(String(label), KEPT_BACK);

const through = (learned: Learned, names: readonly string[], x: ArrayLike<number>): ArrayLike<number> =>
  names.reduce((h, name) => layer(learned, name, h).map(Math.tanh), x);

/** The mean of q(z | x). */
export const encode = (learned: Learned, x: ArrayLike<number>): Float32Array =>
  layer(learned, "guide.z.loc", through(learned, ["guide.z.1", "guide.z.2"], x));

/** Probabilities of ink. */
export const decode = (learned: Learned, z: ArrayLike<number>): Float32Array =>
  layer(learned, "decoder.3", through(learned, ["decoder.1", "decoder.2"], z)).map((v) => 1 / (1 + Math.exp(-v)));

/** Black with ink as opacity, at a place of a canvas; the style sheet inverts it on dark paper. */
export function drawDigit(context: CanvasRenderingContext2D, ink: ArrayLike<number>, x = 0, y = 0): void {
  const image = context.createImageData(SIDE, SIDE);
  for (let p = 0; p < PIXELS; p++) image.data[4 * p + 3] = Math.round(255 * ink[p]!);
  context.putImageData(image, x, y);
}
