import { klDivergence, logNormal, normal } from "../distributions/index.ts";
import type { Axis } from "../graph/axis.ts";
import { add, constant, log, sub, sum } from "../graph/ops.ts";
import { at, slice, split } from "../graph/reindex.ts";
import { Value } from "../graph/value.ts";
import type { BoundGuide, Parameters } from "../guides/guide.ts";
import type { LatentSite } from "../model/sites.ts";
import type { TracedModel } from "../model/traced.ts";
import { ObjectiveError } from "./errors.ts";

/**
 * KL(q ‖ p(z)) in closed form, for a Gaussian guide and independent priors with constant parameters:
 * Σ_i KL(q_i ‖ p_i) over the marginals, plus Σ_i H[q_i] − H[q], which is zero for a factorised guide.
 * Throws an ObjectiveError that names the first site without a closed form.
 */
export function divergenceFromPrior(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  entropy: Value | null,
): Value {
  const marginals = guide.marginals(lambda, constants);
  if (entropy === null || marginals === null) {
    const lacks = entropy === null ? "no closed entropy" : "no Gaussian marginals";
    throw new ObjectiveError(null, `the guide "${guide.name}" has ${lacks}: use the form "joint"`);
  }
  const { loc, scale } = marginals;
  const placeholders = new Set([
    ...model.latents.map((site) => site.unconstrained),
    ...model.discrete.map((site) => site.value),
  ]);
  const take = (x: Value, site: LatentSite): Value => siteOf(x, model.coordinate, site);
  const parts = model.latents.map((site) => {
    const { distribution, transform } = site;
    const refuse = (why: string): never => {
      throw new ObjectiveError(
        site.name,
        `the form "kl" needs KL(q ‖ p) in closed form for every latent site, and "${site.name}" ${why}; ` +
          `use the form "joint" or "entropy"`,
      );
    };
    if (Value.topological(Object.values(distribution.parameters)).some((value) => placeholders.has(value))) {
      return refuse("has a prior that depends on other latent sites");
    }
    const q =
      transform.name === "identity"
        ? normal(take(loc, site), take(scale, site))
        : transform.name === "positive"
          ? logNormal(take(loc, site), take(scale, site))
          : refuse(`is transformed by "${transform.name}"`);
    const divergence = klDivergence(q, distribution) ?? refuse(`has the prior "${distribution.name}"`);
    return sum(divergence, site.freeAxes);
  });
  const size = model.coordinate.size;
  const marginalEntropies = add(sum(log(scale), [model.coordinate]), (size / 2) * (1 + Math.log(2 * Math.PI)));
  const correlation = guide.name === "mean-field" ? constant(0) : sub(marginalEntropies, entropy);
  return parts.reduce(add, correlation);
}

function siteOf(x: Value, coordinate: Axis, site: LatentSite): Value {
  const [axis, ...more] = site.freeAxes;
  if (axis === undefined) return at(x, coordinate, site.start);
  if (more.length > 0) return split(x, coordinate, site.freeAxes, site.start);
  return slice(x, coordinate, axis, site.start);
}
