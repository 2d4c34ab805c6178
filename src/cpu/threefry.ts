/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"), and
 * what is made of its bits. The same bits as shaders/random; the normals in float64.
 */
import { erfinv } from "./special/erf.ts";

const PARITY = 0x1bd11bda;

/** Two random words from a key and a counter. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const out = new Uint32Array(2);
  threefry2x32Into(out, 0, k0, k1, c0, c1);
  return [out[0]!, out[1]!];
}

/** As `threefry2x32`, into `out[at]` and `out[at + 1]`; allocates nothing. */
export function threefry2x32Into(out: Uint32Array, at: number, k0: number, k1: number, c0: number, c1: number): void {
  const k2 = k0 ^ k1 ^ PARITY;
  let a = (c0 + k0) | 0;
  let b = (c1 + k1) | 0;
  for (let group = 1; group <= 5; group++) {
    if (group % 2 === 1) {
      a = (a + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0;
      b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0;
      b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0;
      b = ((b << 6) | (b >>> 26)) ^ a;
    } else {
      a = (a + b) | 0;
      b = ((b << 17) | (b >>> 15)) ^ a;
      a = (a + b) | 0;
      b = ((b << 29) | (b >>> 3)) ^ a;
      a = (a + b) | 0;
      b = ((b << 16) | (b >>> 16)) ^ a;
      a = (a + b) | 0;
      b = ((b << 24) | (b >>> 8)) ^ a;
    }
    // Key injection: words group and group + 1 of (k0, k1, k2), cyclically.
    const phase = group % 3;
    a = (a + (phase === 0 ? k0 : phase === 1 ? k1 : k2)) | 0;
    b = (b + (phase === 0 ? k1 : phase === 1 ? k2 : k0) + group) | 0;
  }
  out[at] = a;
  out[at + 1] = b;
}

/**
 * The key of one random leaf: Threefry itself folds (seed, stream, step, fit) into two words. `fit` is 0 in programs:
 * every fit has a seed of its own, and so the draws it has alone.
 */
export function foldKey(seed: number, stream: number, step: number, fit: number): [number, number] {
  return threefry2x32(seed, stream, step, fit);
}

/** A uniform on (0, 1): (k + 1/2) / 2^23 with k the top 23 bits. Exact also in float32. */
export function uniformFromBits(bits: number): number {
  return (2 * (bits >>> 9) + 1) / 16777216;
}

/** A standard normal by inversion of the same 23-bit uniform: sqrt(2) erfinv(2u - 1). Odd about u = 1/2. */
export function normalFromBits(bits: number): number {
  return Math.SQRT2 * erfinv((2 * (bits >>> 9) + 1 - 8388608) / 8388608);
}
