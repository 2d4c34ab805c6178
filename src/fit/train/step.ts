/** One step of training as one graph. */
import { gradient } from "../../graph/autodiff.ts";
import { type Axis, drawAxis } from "../../graph/axis.ts";
import {
  abs,
  add,
  and,
  castF32,
  input,
  isFiniteValue,
  mean,
  not,
  type RandomSource,
  random,
  select,
  sum,
} from "../../graph/ops.ts";
import type { ProgramSpec } from "../../graph/program.ts";
import { substitute } from "../../graph/rewrite.ts";
import type { Value } from "../../graph/value.ts";
import { drawnSubsample } from "../../model/subsample.ts";
import type { TracedModel } from "../../model/traced.ts";
import type { LearnedParameter } from "../../networks/index.ts";
import type { Optimizer } from "../../optimizers/index.ts";
import { type AmortisedGuides, type GuidedNoise, guided } from "./guided.ts";

export const learnedState = ({ name }: Pick<LearnedParameter, "name">): string => `learned.${name}`;
export const memoryState = (name: string): string => `optimizer.${name}`;

export interface TrainStep {
  readonly spec: ProgramSpec;
  readonly learned: readonly LearnedParameter[];
  /** Inputs that ordinary guides fix at the start. */
  readonly constants: ReadonlyMap<string, Float64Array>;
}

/** The u32 scalars of a program's randomness. */
export const randomSource = (stepRole: "state" | "parameter"): RandomSource => ({
  seed: input("seed", [], "parameter", "u32"),
  step: input("step", [], stepRole, "u32"),
  drawOffset: input("drawOffset", [], "parameter", "u32"),
});

/** The first stream of ordinary guides; amortised ones draw from that of the site's number. */
const SHARED_STREAM = 0x100000;

/** `sharedSource`: of latents that all entries share, where those of other batches are to see the same draws. */
export const guidedNoise = (
  draw: readonly Axis[],
  source: RandomSource,
  sharedSource: RandomSource = source,
): GuidedNoise => ({
  own: (axes, site) => random("normal", site, [...axes, ...draw], source),
  shared: (distribution, axes, stream) =>
    random(distribution, SHARED_STREAM + stream, [...axes, ...draw], sharedSource),
});

/** What takes the place of the batches' placeholders: entries drawn afresh for every step of the source. */
export function drawnBatches(model: TracedModel, source: RandomSource): Map<Value, Value> {
  return new Map(
    model.subsamples.flatMap((subsample, position) => {
      const { index, weight } = drawnSubsample(subsample, position, source);
      return [[subsample.index, index] as const, [subsample.weight, weight] as const];
    }),
  );
}

/**
 * Ascent of the bound in all learned parameters together, those of the model and of q (D. P. Kingma & M. Welling,
 * *Auto-encoding variational Bayes*, ICLR 2014, alg. 1). A step whose bound or gradient is not finite is left out and counted.
 */
export function trainStep(model: TracedModel, guides: AmortisedGuides, optimizer: Optimizer, draws: number): TrainStep {
  const source = randomSource("state");
  const draw = draws === 1 ? [] : [drawAxis(draws)];
  const { bound, learned, constants } = guided(model, guides, guidedNoise(draw, source));
  const value = mean(bound, draw);
  const slopes = gradient(
    value,
    learned.map((parameter) => parameter.value),
  );
  // Intercepts tell: what is not finite in a layer's weights is not finite in the sums over its units either.
  const short = slopes.filter((_, i) => learned[i]!.axes.length < 2);
  const total = (short.length > 0 ? short : slopes).map((slope) => sum(abs(slope), slope.axes)).reduce(add);
  const good = and(isFiniteValue(value), isFiniteValue(total));
  const axesOf = Object.fromEntries(learned.map(({ name, axes }) => [name, axes]));
  const gradients = Object.fromEntries(learned.map(({ name }, i) => [name, slopes[i]!]));
  const memory = Object.fromEntries(
    Object.entries(optimizer.init(axesOf)).map(([name, { axes }]) => [name, input(memoryState(name), axes, "state")]),
  );
  const taken = optimizer.step(gradients, memory, input("stepSize", [], "parameter"));
  const next: Record<string, Value> = { step: add(source.step, 1) };
  const stateOf = new Map(
    learned.map((parameter) => [parameter, input(learnedState(parameter), parameter.axes, "state")]),
  );
  for (const parameter of learned) {
    const own = stateOf.get(parameter)!;
    next[learnedState(parameter)] = select(good, add(own, taken.step[parameter.name]!), own);
  }
  for (const [name, moved] of Object.entries(taken.state)) {
    next[memoryState(name)] = select(good, moved, memory[name]!);
  }
  const replaced = new Map(learned.map((parameter) => [parameter.value, stateOf.get(parameter)!]));
  for (const [placeholder, value] of drawnBatches(model, source)) replaced.set(placeholder, value);
  return {
    learned,
    constants,
    spec: {
      name: `training step of ${model.name}`,
      outputs: {},
      ...filledIn(next, { bound: value, skipped: castF32(not(good)) }, replaced),
    },
  };
}

/** The graph with values for placeholders. */
function filledIn(
  next: Readonly<Record<string, Value>>,
  trace: Readonly<Record<string, Value>>,
  replaced: ReadonlyMap<Value, Value>,
): Pick<ProgramSpec, "next" | "trace"> {
  const names = [...Object.keys(next), ...Object.keys(trace)];
  const made = substitute([...Object.values(next), ...Object.values(trace)], replaced);
  const entries = names.map((name, i) => [name, made[i]!] as const);
  const count = Object.keys(next).length;
  return { next: Object.fromEntries(entries.slice(0, count)), trace: Object.fromEntries(entries.slice(count)) };
}
