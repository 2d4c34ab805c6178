/** The evidence lower bound in its three forms, each with its Monte Carlo standard error. */
import { compileEvaluator } from "../cpu/interpreter.ts";
import { drawAxis, isDrawAxis } from "../graph/axis.ts";
import { Value } from "../graph/value.ts";
import type { LatentSite } from "../model/sites.ts";
import type { Fitted } from "./fitted.ts";
import { constantInput, lambdaInput } from "./inputs.ts";
import { RunningMean } from "./moments.ts";
import { offsets } from "./offsets.ts";
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

/** H[q] in float64; null where the guide has no closed form. */
export function entropyOf(fitted: Fitted): number | null {
  const { entropy } = propose(fitted, "guide", drawAxis(1));
  if (entropy === null) return null;
  const inputs = new Map<string, Float64Array>();
  for (const [name, values] of Object.entries(fitted.lambda)) inputs.set(lambdaInput(name), values);
  for (const [name, { values }] of Object.entries(fitted.guide.constants)) inputs.set(constantInput(name), values);
  return compileEvaluator([entropy])(inputs)[0]![0]!;
}

/**
 * KL(q ‖ p(z)) of a Gaussian q against priors that are all normal with constant parameters and need no transform:
 * −H[q] − Σ E_q[log p(z_i)], the expectation needing q's marginal means and sds only. Null for other models.
 */
export function divergenceFromPrior(fitted: Fitted, entropy: number | null): number | null {
  if (entropy === null) return null;
  const { loc, scale } = fitted.guide.moments(fitted.lambda);
  let expectation = 0;
  for (const site of fitted.model.latents) {
    const prior = constantNormal(site, fitted.model.inputs);
    if (prior === null) return null;
    for (let i = 0; i < site.length; i++) {
      const center = loc[site.start + i]! - prior.loc[i]!;
      const sd = prior.scale[i]!;
      const square = (center * center + scale[site.start + i]! ** 2) / (sd * sd);
      expectation -= 0.5 * (square + Math.log(2 * Math.PI)) + Math.log(sd);
    }
  }
  return -entropy - expectation;
}

/** Location and scale of a normal prior along the site's free axes, row-major as they lie in the flat vector. */
function constantNormal(
  site: LatentSite,
  inputs: ReadonlyMap<string, Float64Array>,
): { loc: Float64Array; scale: Float64Array } | null {
  const { distribution, transform, freeAxes } = site;
  if (distribution.name !== "normal" || transform.name !== "identity") return null;
  const { loc, scale } = distribution.parameters;
  if (loc === undefined || scale === undefined) return null;
  const known = Value.topological([loc, scale]).every(
    ({ op, axes }) => op.kind !== "random" && !axes.some(isDrawAxis) && (op.kind !== "input" || inputs.has(op.name)),
  );
  if (!known) return null;
  const arrays = compileEvaluator([loc, scale])(inputs);
  const spread = (value: Value, array: Float64Array): Float64Array =>
    Float64Array.from(offsets(value.axes, freeAxes), (position) => array[position]!);
  return { loc: spread(loc, arrays[0]!), scale: spread(scale, arrays[1]!) };
}
