import { mul } from "../graph/ops.ts";
import { adam } from "./adam.ts";
import { naturalGradient } from "./naturalGradient.ts";
import type { Arrays, Optimizer } from "./optimizer.ts";

/** Step of an adaptive parameter for a natural gradient's step of 1: Adam's usual 0.02 where the other takes 0.1. */
const ADAPTIVE_SHARE = 0.2;

/** A guide's parameters, as far as they matter here. */
type Kinds = Readonly<Record<string, { readonly adaptive?: boolean | "network" }>>;

/** The names of those without a natural gradient. */
export const adaptiveNames = (parameters: Kinds): ReadonlySet<string> =>
  new Set(Object.keys(parameters).filter((name) => parameters[name]!.adaptive));

/**
 * Natural gradients for the parameters that have them, Adam for the adaptive ones, whose gradients are plain. Both follow
 * one schedule of step sizes.
 */
export function automaticOptimizer(parameters: Kinds): Optimizer {
  const adaptive = adaptiveNames(parameters);
  const natural = naturalGradient();
  if (adaptive.size === 0) return natural;
  const own = adam();
  const where = <T>(record: Readonly<Record<string, T>>, inside: boolean): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => adaptive.has(name) === inside));
  return {
    name: "automatic",
    stepSize: natural.stepSize,
    init: (localAxes) => own.init(where(localAxes, true)),
    step(gradient: Arrays, state: Arrays, stepSize) {
      const metric = natural.step(where(gradient, false), {}, stepSize);
      const scaled = own.step(where(gradient, true), state, mul(stepSize, ADAPTIVE_SHARE));
      return { step: { ...metric.step, ...scaled.step }, state: scaled.state };
    },
  };
}
