/**
 * Means, standard deviations and quantiles of q without the noise of draws, where q's marginals are Gaussian on the
 * unconstrained scale and a site's transform acts entry by entry: x = T(loc + scale·ε) is then a function of one standard
 * normal ε. Moments are integrals over ε by the trapezoidal rule, which converges exponentially for such integrands
 * (L. N. Trefethen & J. A. C. Weideman, *SIAM Review* 56, 2014, §4); quantiles follow T, which is monotone.
 */
import { compileEvaluator } from "../cpu/interpreter.ts";
import { erfinv } from "../cpu/special.ts";
import { Value } from "../graph/value.ts";
import { canonicalPositions } from "../model/layout.ts";
import type { LatentSite } from "../model/sites.ts";
import type { Fitted } from "./fitted.ts";

/** Nodes of the trapezoidal rule: ε = −12, −11.75 … 12. */
const SPACING = 0.25;
const FURTHEST = 12;
const NODES = Array.from({ length: (2 * FURTHEST) / SPACING + 1 }, (_, k) => k * SPACING - FURTHEST);

export interface Marginal {
  readonly mean: number;
  readonly sd: number;
  /** In the order of the probabilities asked for. */
  readonly quantiles: readonly number[];
}

/** By the position of a latent scalar among all of the model's; scalars of other sites are not there. */
export function marginalsOf({ model, guide, lambda }: Fitted, probabilities: readonly number[]): Map<number, Marginal> {
  const found = new Map<number, Marginal>();
  const moments = guide.moments(lambda);
  if (!moments?.gaussian) return found;
  const { loc, scale } = moments;
  let first = 0;
  for (const site of model.latents) {
    if (isFunctionOfItself(site, model.latents)) {
      const own = Array.from({ length: site.length }, (_, i) => site.start + i);
      const at = forwardOf(site, model.inputs);
      const marginals = siteMarginals(
        own.map((i) => loc[i]!),
        own.map((i) => scale[i]!),
        at,
        probabilities,
      );
      for (const [i, marginal] of marginals.entries()) found.set(first + i, marginal);
    }
    first += site.value.size;
  }
  return found;
}

/** Whether the site's entries each follow from their own coordinate: bounds may be data but no other latents. */
function isFunctionOfItself(site: LatentSite, latents: readonly LatentSite[]): boolean {
  if (site.transform.eventAxes.length > 0 || site.length !== site.value.size) return false;
  const others = new Set(latents.filter((other) => other !== site).map((other) => other.unconstrained));
  return !Value.topological([site.value]).some((value) => others.has(value));
}

type Forward = (unconstrained: readonly number[]) => Float64Array;

/** T in float64, on the entries in the order they have in the flat vector. */
function forwardOf(site: LatentSite, data: ReadonlyMap<string, Float64Array>): Forward {
  const evaluator = compileEvaluator([site.value]);
  const { op } = site.unconstrained;
  const name = op.kind === "input" ? op.name : "";
  const positions = canonicalPositions(site.axes);
  return (unconstrained) => {
    const canonical = new Float64Array(unconstrained.length);
    unconstrained.forEach((u, i) => {
      canonical[positions?.[i] ?? i] = u;
    });
    const [x] = evaluator(new Map([...data, [name, canonical]]));
    return Float64Array.from(unconstrained, (_, i) => x![positions?.[i] ?? i]!);
  };
}

function siteMarginals(
  loc: readonly number[],
  scale: readonly number[],
  forward: Forward,
  probabilities: readonly number[],
): Marginal[] {
  const at = (epsilon: number): Float64Array => forward(loc.map((center, i) => center + scale[i]! * epsilon));
  const center = at(0);
  const [sums, squares] = [new Float64Array(loc.length), new Float64Array(loc.length)];
  for (const epsilon of NODES) {
    const weight = (SPACING * Math.exp(-0.5 * epsilon * epsilon)) / Math.sqrt(2 * Math.PI);
    // About the median, so that a scalar far from zero keeps the digits of its sd.
    at(epsilon).forEach((x, i) => {
      const away = x - center[i]!;
      sums[i]! += weight * away;
      squares[i]! += weight * away * away;
    });
  }
  const normal = probabilities.map((p) => Math.SQRT2 * erfinv(2 * p - 1));
  const [low, high] = [at(-1), at(1)];
  const [rising, falling] = [normal.map((epsilon) => at(epsilon)), normal.map((epsilon) => at(-epsilon))];
  return loc.map((_, i) => ({
    mean: center[i]! + sums[i]!,
    sd: Math.sqrt(Math.max(0, squares[i]! - sums[i]! ** 2)),
    quantiles: (low[i]! <= high[i]! ? rising : falling).map((column) => column[i]!),
  }));
}
