/** Judging λ by an objective of weighted draws: batches of draws of the guide itself, on the device. */
import { type Axis, drawAxis, sizeOf } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { add, castF32, constant, div, input, mul, square, sub, sum } from "../graph/ops.ts";
import { type Backend, madeOnce, type ProgramSpec } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { BoundGuide } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import { type WeightedObjective, weightedBound } from "../objectives/index.ts";
import { writeInputs } from "./density.ts";
import { type Judge, type Judged, meanAndError } from "./evaluate.ts";
import { objectiveNoise } from "./noise.ts";
import { HOST_STREAMS } from "./random.ts";
import { parameterNames } from "./step.ts";

/** Batches, each of as many draws as a step takes: what they differ by is the standard error. */
const BATCHES = 16;

/** `step` of the first of them, which no optimisation reaches. */
const FIRST_STEP = HOST_STREAMS.evaluate;

const names = {
  lambda: (name: string): string => `lambda.${name}`,
  sum: (name: string): string => `sum.${name}`,
  squares: (name: string): string => `squares.${name}`,
  step: "step",
  count: "moments.count",
  mean: "moments.mean",
  spread: "moments.spread",
} as const;
const TRACES = ["merit", "good", "steepness"] as const;

export interface WeightedJudge {
  readonly judge: Judge;
  dispose(): void;
}

/**
 * Each step of this program is a batch: its merit is traced, the natural gradient and its square are added up in states.
 * The merit is the objective, or log (1/S) Σ w where weights are normalised over all draws: there the objective, as a q
 * that has lost part of the posterior sees it, is better the less q sees, but the evidence that q finds is not.
 */
export function weightedJudgeSpec(
  model: TracedModel,
  guide: BoundGuide,
  objective: WeightedObjective,
  draws: number,
): ProgramSpec {
  const draw = drawAxis(draws);
  const step = input(names.step, [], "state", "u32");
  const noise = objectiveNoise(objective, draw, {
    seed: input(parameterNames.seed, [], "parameter", "u32"),
    step,
    drawOffset: input(parameterNames.drawOffset, [], "parameter", "u32"),
  });
  const lambda = mapEntries(guide.parameters, ({ axes }, name) => input(names.lambda(name), axes, "parameter"));
  const constants = mapEntries(guide.constants, ({ axes }, name) =>
    input(parameterNames.constant(name), axes, "parameter"),
  );
  const bound = weightedBound(model, guide, lambda, constants, noise, draw, objective);
  const local = guide.pullback(lambda, constants, bound.gradient());
  const next: Record<string, Value> = { [names.step]: add(step, 1) };
  for (const name of measured(guide)) {
    const axes = guide.localAxes[name]!;
    const value = expand(local[name]!, axes);
    next[names.sum(name)] = add(input(names.sum(name), axes, "state"), value);
    next[names.squares(name)] = add(input(names.squares(name), axes, "state"), square(value));
  }
  if (!tellsMoments(guide)) Object.assign(next, momentStates(bound.z, model.coordinate, draw));
  const trace: Record<(typeof TRACES)[number], Value> = {
    merit: bound.evidence ?? bound.value,
    good: sum(castF32(bound.good), bound.good.axes),
    steepness: bound.steepness ?? constant(1),
  };
  return { name: `${guide.name} objective of ${model.name}`, outputs: {}, next, trace };
}

export async function compileWeightedJudge(
  model: TracedModel,
  guide: BoundGuide,
  backend: Backend,
  settings: { readonly weighted: WeightedObjective; readonly draws: number; readonly seed: number },
): Promise<WeightedJudge> {
  const { weighted, draws, seed } = settings;
  const spec = madeOnce(backend, "judge", () => weightedJudgeSpec(model, guide, weighted, draws));
  const executable = await backend.compile(spec);
  writeInputs(executable, [
    ...model.inputs,
    ...Object.entries(guide.constants).map(([name, { values }]) => [parameterNames.constant(name), values] as const),
    [parameterNames.seed, [seed]],
    [parameterNames.drawOffset, [0]],
  ]);
  const states = Object.entries(zeroStates(guide));
  return {
    dispose: () => executable.dispose(),
    judge: async (lambda) => {
      const entries = Object.entries(lambda).map(([name, array]) => [names.lambda(name), array] as const);
      writeInputs(executable, [...entries, ...states, [names.step, [FIRST_STEP]]]);
      await executable.run(BATCHES);
      const read = await executable.read([...TRACES, ...states.map(([name]) => name)]);
      return judgedFrom(guide, lambda, read);
    },
  };
}

/** Location and spread of z over the batches so far, where the guide cannot tell them. */
function momentStates(z: Value, coordinate: Axis, draw: Axis): Record<string, Value> {
  const own = expand(z, [coordinate, draw]);
  const location = div(sum(own, [draw]), draw.size);
  const variance = div(sum(square(sub(own, location)), [draw]), draw.size);
  const count = input(names.count, [], "state");
  const before = input(names.mean, [coordinate], "state");
  const away = sub(location, before);
  const share = div(1, add(count, 1));
  return {
    [names.count]: add(count, 1),
    [names.mean]: add(before, mul(away, share)),
    [names.spread]: add(
      input(names.spread, [coordinate], "state"),
      add(variance, mul(square(away), mul(count, share))),
    ),
  };
}

function zeroStates(guide: BoundGuide): Record<string, Float64Array> {
  const zeros: Record<string, Float64Array> = {};
  for (const name of measured(guide)) {
    const size = sizeOf(guide.localAxes[name]!);
    zeros[names.sum(name)] = new Float64Array(size);
    zeros[names.squares(name)] = new Float64Array(size);
  }
  if (!tellsMoments(guide)) {
    zeros[names.count] = new Float64Array(1);
    zeros[names.mean] = new Float64Array(guide.coordinate.size);
    zeros[names.spread] = new Float64Array(guide.coordinate.size);
  }
  return zeros;
}

function judgedFrom(
  guide: BoundGuide,
  lambda: Readonly<Record<string, Float64Array>>,
  read: Readonly<Record<string, Float64Array>>,
): Judged {
  const [merit, good, steep] = TRACES.map((name) => read[name]!) as [Float64Array, Float64Array, Float64Array];
  const pairs = merit.map((value, batch) => (good[batch] === 0 ? Number.NaN : value));
  const { mean: value, error } = meanAndError(pairs);
  const steepness = meanAndError(steep.map((value, batch) => (good[batch] === 0 ? Number.NaN : value))).mean;
  const over = (name: string, f: (total: number, squares: number) => number): number[] =>
    Array.from(read[names.sum(name)]!, (total, i) => f(total / BATCHES, read[names.squares(name)]![i]! / BATCHES));
  const all = (f: (mean: number, square: number) => number): Float64Array =>
    Float64Array.from(measured(guide).flatMap((name) => over(name, f)));
  return {
    pairs,
    value,
    error,
    steepness,
    distance: all((mean) => mean / steepness),
    distanceError: all((mean, square) => Math.sqrt(Math.max(0, square - mean ** 2) / (BATCHES - 1)) / steepness),
    ...(guide.moments(lambda) ?? {
      loc: read[names.mean]!,
      scale: read[names.spread]!.map((total) => Math.sqrt(total / BATCHES)),
    }),
  };
}

/** Parameters whose local coordinates are sds of q. */
const measured = (guide: BoundGuide): string[] =>
  Object.keys(guide.parameters).filter((name) => !guide.parameters[name]!.adaptive);

/** Whether the guide knows location and sd of its coordinates. */
const tellsMoments = (guide: BoundGuide): boolean =>
  guide.moments(mapEntries(guide.parameters, ({ initial }) => initial)) !== null;

const mapEntries = <A, B>(record: Readonly<Record<string, A>>, f: (value: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));
