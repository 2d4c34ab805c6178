/** Ordinary guides beside amortised ones: q of the latents that all entries of a plate share. */
import type { Family } from "../../distributions/index.ts";
import { Axis } from "../../graph/axis.ts";
import { constant, input } from "../../graph/ops.ts";
import type { Value } from "../../graph/value.ts";
import { type Guide, guide, type Noise } from "../../guides/index.ts";
import type { LatentSite } from "../../model/sites.ts";
import { cutSite, type TracedModel } from "../../model/traced.ts";
import type { LearnedParameter } from "../../networks/index.ts";
import { FitError } from "../errors.ts";

export type SharedGuides = Readonly<Record<string, Guide | Family>>;

export interface SharedBlock {
  readonly values: readonly (readonly [LatentSite, Value])[];
  /** λ, by the names "guide.BLOCK.…". */
  readonly learned: readonly LearnedParameter[];
  readonly logDensity: Value;
  readonly constants: ReadonlyMap<string, Float64Array>;
}

/**
 * The latents without an amortised guide, drawn from the guides given. They begin as N(0, I) of the unconstrained space, and
 * their parameters are learned with all others, along the plain gradient of the bound by reparameterisation.
 */
export function sharedBlock(
  model: TracedModel,
  sites: readonly LatentSite[],
  guides: SharedGuides,
  noise: Noise,
): SharedBlock {
  if (sites.length === 0) return { values: [], learned: [], logDensity: constant(0), constants: new Map() };
  for (const site of sites) refuseLocal(model, site);
  let length = 0;
  const spans = sites.map((site) => {
    const span = { name: site.name, start: length, length: site.length, transform: site.transform, axes: site.axes };
    length += site.length;
    return span;
  });
  const coordinate = new Axis("shared", length);
  const bound = guide(guides).bind(
    coordinate,
    { mean: new Float64Array(length), factor: null, scale: new Float64Array(length).fill(1) },
    spans,
  );
  if (bound.stratified !== undefined) {
    throw new FitError(
      "wrong-option",
      "train: draws of a mixture guide have weights, which steps of training do not take; give it a flow or a Gaussian",
    );
  }
  const learned = Object.entries(bound.parameters).map(([name, { axes, initial }]) => ({
    name: `guide.${name}`,
    axes,
    initial: () => Float64Array.from(initial),
    value: input(`learned.guide.${name}`, axes, "parameter"),
  }));
  const constantName = (name: string): string => `fixed.${name}`;
  const fixed = Object.entries(bound.constants);
  const draws = bound.sample(
    Object.fromEntries(Object.keys(bound.parameters).map((name, i) => [name, learned[i]!.value])),
    Object.fromEntries(fixed.map(([name, { axes }]) => [name, input(constantName(name), axes, "parameter")])),
    noise,
  );
  return {
    values: sites.map((site, i) => [site, cutSite(draws.z, coordinate, site.freeAxes, spans[i]!.start)] as const),
    learned,
    logDensity: draws.logDensity,
    constants: new Map(fixed.map(([name, { values }]) => [constantName(name), values])),
  };
}

function refuseLocal(model: TracedModel, { name, axes }: LatentSite): void {
  const plate = model.subsamples.find((own) => axes.includes(own.plate))?.plate;
  if (plate === undefined) return;
  throw new FitError(
    "local-latent",
    `train: "${name}" has an entry for each of the plate "${plate.name}", of which a step sees a batch: give it an amortised ` +
      `guide, { ${name}: amortised(…) }, or leave out the batch`,
  );
}
