/** Guides over a few coordinates, evaluated by the interpreter. */
import { evaluate } from "../../src/cpu/interpreter.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import { input, random } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { type BoundGuide, fullRank, type Guide, meanField, type Parameters } from "../../src/guides/index.ts";
import { randomNumbers } from "../support/numbers.ts";

export const SIZE = 4;
export const coordinate = new Axis("coordinate", SIZE);

/** A lower triangular matrix with a positive diagonal, and a location, from a seed. */
export function someGaussian(seed: number): { mean: Float64Array; factor: Float64Array } {
  const random = randomNumbers(seed);
  const factor = new Float64Array(SIZE * SIZE);
  for (let i = 0; i < SIZE; i++) {
    for (let j = 0; j < i; j++) factor[i * SIZE + j] = random.between(-0.8, 0.8);
    factor[i * SIZE + i] = random.between(0.4, 1.5);
  }
  return { mean: Float64Array.from(random.array(SIZE, -2, 2)), factor };
}

export function boundGuide(family: "mean-field" | "full-rank", seed: number, dense = true): BoundGuide {
  const { mean, factor } = someGaussian(seed);
  const scale = Float64Array.from(randomNumbers(seed + 1).array(SIZE, 0.3, 2));
  const guide: Guide = family === "mean-field" ? meanField() : fullRank();
  return guide.bind(coordinate, { mean, factor: dense ? factor : null, scale });
}

/** λ away from the start. */
export function someLambda(guide: BoundGuide, seed: number, size = 0.3): Record<string, Float64Array> {
  const random = randomNumbers(seed);
  return Object.fromEntries(
    Object.entries(guide.parameters).map(([name, { initial }]) => [
      name,
      initial.map((value, k) => {
        const upper = name === "lower" && k % SIZE >= Math.floor(k / SIZE);
        return upper ? 0 : value + random.between(-size, size);
      }),
    ]),
  );
}

export interface GuideGraph {
  readonly lambda: Parameters;
  readonly constants: Parameters;
  readonly noise: (distribution: "normal" | "uniform", axes: readonly Axis[], stream: number) => Value;
  readonly draw: Axis;
  /** Values of graphs at this λ; each spread over `axes` where given. */
  run(roots: readonly Value[], lambda: Readonly<Record<string, Float64Array>>, axes?: readonly Axis[]): Float64Array[];
}

export function graphOf(guide: BoundGuide, draws: number, seed = 1): GuideGraph {
  const draw = drawAxis(draws);
  const source = {
    seed: input("seed", [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input("drawOffset", [], "parameter", "u32"),
  };
  const inputs = (specs: BoundGuide["parameters"] | BoundGuide["constants"]): Parameters =>
    Object.fromEntries(Object.entries(specs).map(([name, { axes }]) => [name, input(name, axes, "parameter")]));
  return {
    lambda: inputs(guide.parameters),
    constants: inputs(guide.constants),
    noise: (distribution, axes, stream) => random(distribution, stream, [...axes, draw], source),
    draw,
    run(roots, lambda, axes) {
      const values = new Map<string, Float64Array>([
        ["seed", Float64Array.of(seed)],
        ["step", Float64Array.of(0)],
        ["drawOffset", Float64Array.of(0)],
        ...Object.entries(lambda),
        ...Object.entries(guide.constants).map(([name, c]) => [name, c.values] as const),
      ]);
      return evaluate(axes === undefined ? roots : roots.map((root) => expand(root, axes)), values);
    },
  };
}

/** A step in local coordinates as inputs, and arrays of zeros for them. */
export function stepInputs(guide: BoundGuide): {
  values: Parameters;
  sizes: Record<string, number>;
  arrays(): Record<string, Float64Array>;
} {
  const entries = Object.entries(guide.localAxes);
  const sizes = Object.fromEntries(entries.map(([name, axes]) => [name, axes.reduce((n, axis) => n * axis.size, 1)]));
  return {
    values: Object.fromEntries(entries.map(([name, axes]) => [name, input(`step ${name}`, axes, "parameter")])),
    sizes,
    arrays: () => Object.fromEntries(entries.map(([name]) => [`step ${name}`, new Float64Array(sizes[name]!)])),
  };
}
