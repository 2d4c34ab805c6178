/** Draws to importance-sample with: the guide's own, or multivariate t's with the guide's location and scale. */

import { lgamma } from "../cpu/special.ts";
import { Axis, drawAxis } from "../graph/axis.ts";
import {
  castF32,
  constant,
  exp,
  floor,
  gt,
  iota,
  log1p,
  logSumExp,
  lt,
  max,
  mul,
  type RandomSource,
  random,
  select,
  sqrt,
  square,
  sum,
} from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { probabilitiesOf } from "../guides/discrete.ts";
import type { Noise } from "../guides/guide.ts";
import type { DiscreteGuess } from "../model/eliminate.ts";
import { type Fitted, PosteriorError } from "./fitted.ts";
import { guideInputs, sourceInput } from "./inputs.ts";

/**
 * "guide": the guide's draws. "student-t": a t with its location and scale. "wide": half of the draws from that t, half from
 * t's 2, 4, 8 and 16 times as wide, which find modes near the one that the guide has.
 */
export type Proposal = "guide" | "student-t" | "wide";

/** Degrees of freedom of the t proposal: tails well over a normal's, with a finite fourth moment. */
export const DEGREES_OF_FREEDOM = 5;
/** The streams of the t's χ² and of the choice among widths; no guide draws from them. */
const CHI_SQUARED_STREAM = 0x7fff0005;
const WIDTH_STREAM = 0x7fff0006;
/** How many times the t of a wide proposal doubles its width. */
const DOUBLINGS = 4;

export interface ProposalDraws {
  /** Over coordinate and draw. */
  readonly z: Value;
  /** log density of the proposal at z. */
  readonly logDensity: Value;
  /** The guide's entropy, where it has a closed form; null for another proposal. */
  readonly entropy: Value | null;
  /** q of the discrete sites that the guide has blocks for. */
  readonly discrete: DiscreteGuess;
  /** log q(z_i | z_{<i}) over coordinate and draw: of guides that know it, of no other proposal. */
  readonly conditionals?: () => Value;
  /** What the draws are made from, for more randomness of the same program. */
  readonly source: RandomSource;
}

/**
 * The t is a scale mixture of the guide: z = μ + A ε√(ν/χ²_ν) for a guide z = μ + A ε, or the image of a t under the
 * guide's map where that is not affine. Since the guide's own log density there is −½|ε′|² − (D/2) log 2π − log|det A|, the
 * determinant follows without knowing A, and
 *
 * log t(z) = log Γ((ν+D)/2) − log Γ(ν/2) − (D/2) log νπ − ((ν+D)/2) log(1 + |ε′|²/ν) − log|det A|.
 *
 * S. Kotz, S. Nadarajah, *Multivariate t distributions and their applications*, 2004, §1.1. A mixture of t's of widths
 * 2^k about the same location, whose densities are t(ε′/2^k)/2^{kD}, keeps weights bounded that a single one would not: a
 * defensive proposal (T. Hesterberg, *Weighted average importance sampling and defensive mixture distributions*,
 * Technometrics 1995, §2).
 */
export function propose(fitted: Fitted, proposal: Proposal, draw: Axis): ProposalDraws {
  const { guide } = fitted;
  const source = { seed: sourceInput("seed"), step: sourceInput("step"), drawOffset: sourceInput("drawOffset") };
  const { lambda, constants } = guideInputs(guide);
  const discrete = new Map((guide.discrete ?? []).map((block) => [block.site.name, probabilitiesOf(block, lambda)]));
  if (proposal === "guide") {
    const noise: Noise = (kind, axes, stream) => random(kind, stream, [...axes, draw], source);
    const drawn = guide.sample(lambda, constants, noise);
    const terms = guide.logDensityTerms?.bind(guide);
    return { ...drawn, discrete, source, ...(terms && { conditionals: () => terms(lambda, constants, drawn) }) };
  }
  const nu = DEGREES_OF_FREEDOM;
  const freedom = new Axis("freedom", nu);
  const chiSquared = sum(square(random("normal", CHI_SQUARED_STREAM, [freedom, draw], source)), [freedom]);
  const doublings = new Axis("doubling", proposal === "wide" ? DOUBLINGS + 1 : 1);
  const widening = mul(sqrt(mul(chiSquared, 1 / nu).reciprocal()), widthOf(doublings, draw, source));
  const drawn = guide.sample(lambda, constants, (kind, axes, stream) => {
    const noise = random(kind, stream, [...axes, draw], source);
    return kind === "normal" ? noise.mul(widening) : noise;
  });
  const { radius: squares } = drawn;
  if (squares === null) {
    throw new PosteriorError(
      "wrong-argument",
      `the draws of a "${guide.name}" guide cannot be widened into those of a Student t: use the proposal "guide"`,
    );
  }
  const { size } = guide.coordinate;
  const normaliser = lgamma((nu + size) / 2) - lgamma(nu / 2) - (size / 2) * Math.log(nu * Math.PI);
  const logDeterminant = drawn.logDensity
    .add(mul(squares, 0.5))
    .add((size / 2) * Math.log(2 * Math.PI))
    .neg();
  const doubled = castF32(iota(doublings));
  const each = mul(log1p(mul(squares, exp(mul(doubled, -2 * Math.LN2))).mul(1 / nu)), -(nu + size) / 2);
  const share = doublings.size === 1 ? constant(0) : select(gt(doubled, 0), Math.log(0.5 / DOUBLINGS), Math.log(0.5));
  const kernel = logSumExp(each.add(share).sub(mul(doubled, size * Math.LN2)), [doublings]);
  return { z: drawn.z, logDensity: kernel.sub(logDeterminant).add(normaliser), entropy: null, discrete, source };
}

/** 2^k, k = 0 for half of the draws and the others alike for the other half; 1 where there is one width. */
function widthOf({ size }: Axis, draw: Axis, source: RandomSource): Value {
  if (size === 1) return constant(1);
  const chosen = random("uniform", WIDTH_STREAM, [draw], source);
  const k = floor(max(mul(chosen, 2 * DOUBLINGS).sub(DOUBLINGS), 0)).add(1);
  return select(lt(chosen, 0.5), 1, exp(mul(k, Math.LN2)));
}

/** In more coordinates than these a t's radius spreads so far that hardly a draw of it lands where the posterior is. */
const MOST_COORDINATES = 100;

/**
 * A Student t where the guide's draws can be widened into its, in moderate dimension; else the guide itself, as where no
 * latent is continuous.
 */
export function usualProposal(fitted: Fitted): Proposal {
  const { latents, coordinate } = fitted.model;
  if (latents.length === 0 || coordinate.size > MOST_COORDINATES) return "guide";
  const { lambda, constants } = guideInputs(fitted.guide);
  const draw = drawAxis(2);
  const source = { seed: sourceInput("seed"), step: sourceInput("step"), drawOffset: sourceInput("drawOffset") };
  const noise: Noise = (kind, axes, stream) => random(kind, stream, [...axes, draw], source);
  return fitted.guide.sample(lambda, constants, noise).radius === null ? "guide" : "student-t";
}
