/** Float32 test points, deterministic. */
import { threefry2x32Into } from "../../src/cpu/threefry.ts";

const INF = Number.POSITIVE_INFINITY;

/** Both zeros, both infinities, NaN, the denormal edge, the smallest and largest floats, and the ones. */
export const ENDS: readonly number[] = [
  0,
  -0,
  INF,
  -INF,
  Number.NaN,
  1.1754943508222875e-38,
  -1.1754943508222875e-38,
  1e-45,
  -1e-45,
  1.17e-38,
  1.2e-38,
  -1.2e-38,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  1,
  -1,
  2,
  -2,
  0.5,
  -0.5,
  1e-20,
  -1e-20,
  1e20,
  -1e20,
];

/** Every kind of point list is a function from a random source to `n` numbers. */
export type Points = (n: number, stream: number) => number[];

function uniforms(n: number, stream: number): number[] {
  const out = new Uint32Array(2);
  return Array.from({ length: n }, (_, i) => {
    threefry2x32Into(out, 0, 2026, stream, i, 0);
    return (out[0]! + out[1]! / 4294967296) / 4294967296;
  });
}

/** Evenly random on [lo, hi]. */
export const span =
  (lo: number, hi: number): Points =>
  (n, stream) =>
    uniforms(n, stream).map((u) => lo + (hi - lo) * u);

/** sign × 2^e with e evenly random on [lo, hi]. */
export const octaves =
  (lo: number, hi: number, sign = 1): Points =>
  (n, stream) =>
    uniforms(n, stream).map((u) => sign * 2 ** (lo + (hi - lo) * u));

/** centre ± 2^e, as float32 rounds it: close to a zero or an edge. */
export const near =
  (centre: number, lo = -24, hi = -3): Points =>
  (n, stream) =>
    uniforms(n, stream).map((u, i) => centre + (i % 2 === 0 ? 1 : -1) * 2 ** (lo + (hi - lo) * u));

/** Whole numbers on [lo, hi]. */
export const whole =
  (lo: number, hi: number): Points =>
  (n, stream) =>
    uniforms(n, stream).map((u) => Math.floor(lo + (hi - lo + 1) * u));

/** The points of several lists, `n` from each, after the ends; float32. */
export function collect(lists: readonly Points[], n: number): Float32Array<ArrayBuffer> {
  return Float32Array.from([...ENDS, ...lists.flatMap((list, i) => list(n, i))]);
}

/** What the hardware sees of a denormal. */
export const flushed = (x: number) => (Math.abs(x) < 2 ** -126 ? 0 * x : x);

/** The distance of two neighbouring float32 around x. */
export const ulp = (x: number) => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) - 23);

/** |got - want| in ulp of want; 0 where both are the same non-finite value; denormals, also intermediate ones, may be flushed. */
export function ulpError(got: number, want: number): number {
  const rounded = Math.fround(want);
  if (Number.isNaN(want)) return Number.isNaN(got) ? 0 : INF;
  if (Number.isNaN(got)) return INF;
  if (!Number.isFinite(rounded)) {
    if (got === rounded) return 0;
    // Just beyond the largest float: either answer is a rounding.
    return Math.abs(want) < 2 ** 128 * (1 + 1e-6) && Math.abs(got) > 3.4e38 ? 1 : INF;
  }
  if (!Number.isFinite(got)) return Math.abs(want) > 2 ** 128 * (1 - 1e-6) ? 1 : INF;
  if (Math.abs(got - want) <= 2 ** -125) return 0;
  return Math.abs(got - want) / ulp(want);
}

export interface Bound {
  readonly ulp: number;
  readonly absolute: number;
}

/** The bound a leaf's header states: "// error: exact", "// error: 2 ulp", "// error: 6 ulp, or 4e-7 absolute". */
export function statedBound(text: string): Bound {
  const match = /^\/\/ error: (?:(exact)|([\d.]+) ulp(?:, or ([\d.e-]+) absolute)?)$/m.exec(text);
  if (!match) throw new Error(`no error bound in the header of\n${text}`);
  return match[1] ? { ulp: 0, absolute: 0 } : { ulp: Number(match[2]), absolute: Number(match[3] ?? 0) };
}
