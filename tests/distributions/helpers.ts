import { expect } from "vitest";
import { evaluate, type Rounding } from "../../src/cpu/interpreter.ts";
import { foldKey, normalFromBits, threefry2x32 } from "../../src/cpu/threefry.ts";
import type { Distribution, GraphNoise, HostRandom } from "../../src/distributions/distribution.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { castI32, constant, input, random } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";

/** log p at every point, float64 unless rounded. */
export function logProbs(distribution: Distribution, points: readonly number[], rounding: Rounding = {}): number[] {
  const axis = new Axis("point", points.length);
  const float = input("x", [axis], "data");
  const x = distribution.discrete ? castI32(float) : float;
  const result = distribution.logProb(x);
  const [values] = evaluate([result], new Map([["x", Float64Array.from(points)]]), rounding);
  return result.hasAxis(axis) ? Array.from(values!) : points.map(() => values![0]!);
}

export const scalar = (value: Value, inputs: ReadonlyMap<string, Float64Array> = new Map()): number => {
  const [values] = evaluate([value], inputs);
  if (values!.length !== 1) throw new Error(`expected a scalar, got ${values!.length} values`);
  return values![0]!;
};

/** 53-bit uniforms and normals from Threefry at a seed. */
export function hostRandom(seed: number): HostRandom {
  const [k0, k1] = foldKey(seed, 0, 0, 0);
  let counter = 0;
  const words = () => threefry2x32(k0, k1, counter++, 0);
  return {
    uniform: () => {
      const [a, b] = words();
      return ((a >>> 5) * 67108864 + (b >>> 6) + 0.5) / 9007199254740992;
    },
    normal: () => normalFromBits(words()[0]),
  };
}

/** Noise leaves over `draws` draws; every call is another stream. */
export function graphNoise(draws: number, seed: number): { readonly noise: GraphNoise; readonly draw: Axis } {
  const draw = drawAxis(draws);
  const scalarInput = (value: number) => constant(value, "u32");
  const source = { seed: scalarInput(seed), step: scalarInput(0), drawOffset: scalarInput(0) };
  let stream = 0;
  return { draw, noise: (distribution, axes) => random(distribution, ++stream, [...axes, draw], source) };
}

export const linspace = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** Nodes and weights of the tanh-sinh rule on an interval, ±∞ allowed (Takahasi & Mori 1974). */
export function quadrature(lower: number, upper: number, step = 1 / 64, reach = 6.5): { x: number[]; w: number[] } {
  const x: number[] = [];
  const w: number[] = [];
  for (let k = -reach / step; k <= reach / step; k++) {
    const t = k * step;
    const s = (Math.PI / 2) * Math.sinh(t);
    const ds = (Math.PI / 2) * Math.cosh(t);
    let point: number;
    let weight: number;
    if (lower === Number.NEGATIVE_INFINITY) {
      point = Math.sinh(s);
      weight = Math.cosh(s) * ds;
    } else if (upper === Number.POSITIVE_INFINITY) {
      point = lower + Math.exp(s);
      weight = Math.exp(s) * ds;
    } else {
      point = lower + (upper - lower) / (1 + Math.exp(-2 * s));
      weight = ((upper - lower) * ds) / (2 * Math.cosh(s) ** 2);
    }
    if (!(Number.isFinite(point) && weight > 0 && Number.isFinite(weight))) continue;
    if (point === lower || point === upper) continue;
    x.push(point);
    w.push(weight * step);
  }
  return { x, w };
}

export function momentsOf(draws: readonly number[]): { mean: number; variance: number; standardError: number } {
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws.length - 1);
  return { mean, variance, standardError: Math.sqrt(variance / draws.length) };
}

/** Pearson's χ² over bins of expected count ≥ 10; 5 standard deviations of the χ² above its mean. */
export function chiSquared(draws: readonly number[], logMass: (k: number) => number): void {
  const observed = new Map<number, number>();
  for (const k of draws) observed.set(k, (observed.get(k) ?? 0) + 1);
  let statistic = 0;
  let bins = 0;
  let restExpected = draws.length;
  let restObserved = draws.length;
  for (const k of range(draws)) {
    const expected = draws.length * Math.exp(logMass(k));
    if (expected < 10) continue;
    const count = observed.get(k) ?? 0;
    statistic += (count - expected) ** 2 / expected;
    restExpected -= expected;
    restObserved -= count;
    bins++;
  }
  if (restExpected >= 10) statistic += (restObserved - restExpected) ** 2 / restExpected;
  expect(statistic).toBeLessThan(bins + 5 * Math.sqrt(2 * bins));
}

function range(draws: readonly number[]): number[] {
  const first = draws.reduce((a, b) => Math.min(a, b));
  const last = draws.reduce((a, b) => Math.max(a, b));
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
