/** The evidence lower bound in its three forms, each with its Monte Carlo standard error. */
import { compileEvaluator, type Evaluator } from "../cpu/interpreter.ts";
import { drawAxis } from "../graph/axis.ts";
import { type Backend, madeOnce } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { Parameters } from "../guides/guide.ts";
import { divergenceFromPrior } from "../objectives/divergence.ts";
import { ObjectiveError } from "../objectives/errors.ts";
import type { Fitted } from "./fitted.ts";
import { constantInput, guideInputs, lambdaInput } from "./inputs.ts";
import { RunningMean } from "./moments.ts";
import { propose } from "./proposal.ts";

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** Forms of the same bound: they differ in what is integrated in closed form. */
export interface ElboForms {
  /** E_q[log p(x, z) − log q(z)]. */
  readonly joint: Estimate;
  /** E_q[log p(x, z)] + H[q]; null where the entropy has no closed form. */
  readonly entropy: Estimate | null;
  /** E_q[log p(x | z)] − KL(q ‖ p(z)); null where the divergence has no closed form. */
  readonly kl: Estimate | null;
}

/** The joint form and all three. */
export interface Elbo extends Estimate {
  readonly forms: ElboForms;
}

/** Rounding of float32: half a unit in the last place, relative. */
const FLOAT32_ROUNDING = 2 ** -24;

/** Accumulates the forms from the same draws. */
export class ElboSums {
  readonly #joint = new RunningMean();
  readonly #logJoint = new RunningMean();
  readonly #logLikelihood = new RunningMean();

  add(logJoint: Float64Array, logLikelihood: Float64Array, logDensity: Float64Array): void {
    for (let i = 0; i < logJoint.length; i++) {
      this.#joint.add(logJoint[i]! - logDensity[i]!);
      this.#logJoint.add(logJoint[i]!);
      this.#logLikelihood.add(logLikelihood[i]!);
    }
  }

  /**
   * The bound, given H[q] and KL(q ‖ p(z)) where they are known. A GPU's standard errors have its rounding,
   * 2⁻²⁴|ELBO|, added in quadrature: no average gets below it.
   */
  result(kind: "gpu" | "cpu", entropy: number | null, divergence: number | null): Elbo {
    const floor = kind === "gpu" ? FLOAT32_ROUNDING : 0;
    const estimate = (sums: RunningMean, added: number): Estimate => {
      const value = sums.value + added;
      return { value, standardError: Math.hypot(sums.standardError, floor * Math.abs(value)) };
    };
    const joint = estimate(this.#joint, 0);
    return {
      ...joint,
      forms: {
        joint,
        entropy: entropy === null ? null : estimate(this.#logJoint, entropy),
        kl: divergence === null ? null : estimate(this.#logLikelihood, -divergence),
      },
    };
  }
}

/** H[q] and KL(q ‖ p(z)) in float64; null where there is no closed form. */
export function closedForms(fitted: Fitted, backend: Backend): { entropy: number | null; divergence: number | null } {
  const { model, guide } = fitted;
  const inputs = new Map(model.inputs);
  for (const [name, values] of Object.entries(fitted.lambda)) inputs.set(lambdaInput(name), values);
  for (const [name, { values }] of Object.entries(guide.constants)) inputs.set(constantInput(name), values);
  const evaluators = madeOnce(backend, "closed forms", () => {
    const evaluatorOf = (value: Value | null): Evaluator | null => value && compileEvaluator([value]);
    const { lambda, constants } = guideInputs(guide);
    const { entropy } = propose(fitted, "guide", drawAxis(1));
    return {
      entropy: evaluatorOf(entropy),
      divergence: evaluatorOf(divergence(fitted, lambda, constants, entropy)),
    };
  });
  const known = (evaluator: Evaluator | null): number | null => evaluator && evaluator(inputs)[0]![0]!;
  return { entropy: known(evaluators.entropy), divergence: known(evaluators.divergence) };
}

function divergence(fitted: Fitted, lambda: Parameters, constants: Parameters, entropy: Value | null): Value | null {
  try {
    return divergenceFromPrior(fitted.model, fitted.guide, lambda, constants, entropy);
  } catch (error) {
    if (error instanceof ObjectiveError) return null;
    throw error;
  }
}
