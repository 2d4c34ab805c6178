/** One optimisation step as one graph: state in, state out. */
import { drawAxis } from "../graph/axis.ts";
import { add, div, input, mul, sub } from "../graph/ops.ts";
import type { ProgramSpec } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { BoundGuide, GradientEstimator, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import {
  describeObjective,
  type Elbo,
  type ElboForm,
  elbo,
  ObjectiveError,
  type WeightedBound,
  type WeightedObjective,
  weightedBound,
} from "../objectives/index.ts";
import type { Optimizer } from "../optimizers/index.ts";
import type { StateSpec } from "../optimizers/optimizer.ts";
import { objectiveNoise } from "./noise.ts";

/** Names of the step program's inputs. */
export const stateNames = {
  lambda: (name: string): string => `lambda.${name}`,
  average: (name: string): string => `average.${name}`,
  optimizer: (name: string): string => `optimizer.${name}`,
  step: "step",
  averaged: "averaged",
} as const;
export const parameterNames = {
  constant: (name: string): string => `guide.${name}`,
  seed: "seed",
  drawOffset: "drawOffset",
  stepSize: "stepSize",
  averaging: "averaging",
  /** What the gradient of an objective of its own curvature is multiplied by, so that a step size means what it does. */
  gradientScale: "gradientScale",
} as const;
export const traceNames = { elbo: "elbo", nan: "nan", impossible: "impossible" } as const;
/** Traced beside the ELBO where another objective is maximised. */
export const OBJECTIVE_TRACE = "objective";

/** Every state with its axes and first value. */
export type StepStates = Readonly<Record<string, StateSpec>>;

export interface StepProgram {
  readonly spec: ProgramSpec;
  readonly states: StepStates;
}

export interface StepSettings {
  readonly draws: number;
  /** Of the ELBO. */
  readonly form: ElboForm;
  readonly gradient: GradientEstimator;
  /** What is maximised in place of the ELBO. */
  readonly weighted?: WeightedObjective | null;
}

/** The states of the step program of a guide as it is bound: their names and axes depend on its kind alone. */
export function stepStates(guide: BoundGuide, optimizer: Optimizer): StepStates {
  const states: Record<string, StateSpec> = {
    [stateNames.step]: { axes: [], initial: new Float64Array(1) },
    [stateNames.averaged]: { axes: [], initial: new Float64Array(1) },
  };
  for (const [name, parameter] of Object.entries(guide.parameters)) {
    states[stateNames.lambda(name)] = parameter;
    states[stateNames.average(name)] = parameter;
  }
  for (const [name, state] of Object.entries(optimizer.init(guide.localAxes)))
    states[stateNames.optimizer(name)] = state;
  return states;
}

/**
 * Draws, log joint, gradient, optimiser and running averages. Averaging is switched by a parameter: where it is 1 the
 * averages take in the new λ, `averaged` counts how many they hold (B. Polyak & A. Juditsky 1992).
 */
export function stepProgram(
  model: TracedModel,
  guide: BoundGuide,
  optimizer: Optimizer,
  settings: StepSettings,
): StepProgram {
  const states = stepStates(guide, optimizer);
  const state = (name: string, dtype: "f32" | "u32" = "f32"): Value => input(name, states[name]!.axes, "state", dtype);
  const draw = drawAxis(settings.draws);
  const step = state(stateNames.step, "u32");
  const count = state(stateNames.averaged);
  const source = {
    seed: input(parameterNames.seed, [], "parameter", "u32"),
    step,
    drawOffset: input(parameterNames.drawOffset, [], "parameter", "u32"),
  };
  const stepSize = input(parameterNames.stepSize, [], "parameter");
  const averaging = input(parameterNames.averaging, [], "parameter");
  const lambda: Parameters = mapEntries(guide.parameters, (_, name) => state(stateNames.lambda(name)));
  const averages: Parameters = mapEntries(guide.parameters, (_, name) => state(stateNames.average(name)));
  const memory = mapEntries(optimizer.init(guide.localAxes), (_, name) => state(stateNames.optimizer(name)));
  const constants = mapEntries(guide.constants, ({ axes }, name) =>
    input(parameterNames.constant(name), axes, "parameter"),
  );

  const seen = model.subsamples.length === 0 ? model : model.drawnBatches(source, guide.coordinate);
  const weighted = settings.weighted ?? null;
  const noise = objectiveNoise(weighted, draw, source);
  const bound =
    weighted === null
      ? elboStep(elbo(seen, guide, lambda, constants, noise, draw, settings))
      : weightedStep(
          weightedBound(whole(model, weighted), guide, lambda, constants, noise, draw, weighted),
          (gradient) => guide.pullback(lambda, constants, gradient),
        );
  const taken = optimizer.step(bound.gradient, memory, stepSize);
  const moved = guide.retract(lambda, constants, taken.step);
  const held = add(count, averaging);
  const share = div(averaging, add(held, sub(1, averaging)));

  const next: Record<string, Value> = {
    [stateNames.step]: add(step, 1),
    [stateNames.averaged]: held,
  };
  for (const name of Object.keys(lambda)) {
    next[stateNames.lambda(name)] = moved[name]!;
    next[stateNames.average(name)] = add(averages[name]!, mul(share, sub(moved[name]!, averages[name]!)));
  }
  for (const [name, value] of Object.entries(taken.state)) next[stateNames.optimizer(name)] = value;
  return {
    spec: {
      name: `${guide.name} step of ${model.name}`,
      outputs: {},
      next,
      trace: bound.trace,
    },
    states,
  };
}

/** The model of a weighted objective: log w of a batch has noise, and a mean of exponentials of it would be another objective. */
export function whole(model: TracedModel, objective: WeightedObjective): TracedModel {
  if (model.subsamples.length === 0) return model;
  throw new ObjectiveError(
    null,
    `the ${describeObjective(objective)} needs the weights p(x, z)/q(z) of all data, and steps of "${model.name}" see a batch of ` +
      "them: leave out the plate's batch, or maximise the ELBO, objective: elbo()",
  );
}

/** What a step takes of its objective: the natural gradient, and scalars to trace. */
interface StepBound {
  readonly gradient: Parameters;
  readonly trace: Readonly<Record<string, Value>>;
}

const elboStep = (bound: Elbo): StepBound => ({
  gradient: bound.naturalGradient(),
  trace: { [traceNames.elbo]: bound.value, [traceNames.nan]: bound.nan, [traceNames.impossible]: bound.impossible },
});

function weightedStep(bound: WeightedBound, pullback: (gradient: Parameters) => Parameters): StepBound {
  const natural = pullback(bound.gradient());
  const scale = input(parameterNames.gradientScale, [], "parameter");
  return {
    gradient: bound.steepness === null ? natural : mapEntries(natural, (gradient) => mul(gradient, scale)),
    trace: {
      [traceNames.elbo]: bound.elbo,
      [traceNames.nan]: bound.nan,
      [traceNames.impossible]: bound.impossible,
      [OBJECTIVE_TRACE]: bound.value,
    },
  };
}

const mapEntries = <A, B>(record: Readonly<Record<string, A>>, f: (value: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));
