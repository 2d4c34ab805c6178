/** A model under amortised guides, as a graph: what training and evaluation are made of. */
import { type Family, klDivergence, normal } from "../../distributions/index.ts";
import { type Axis, unionAxes, withoutAxes } from "../../graph/axis.ts";
import { add, constant, exp, input, mul, sub, sum } from "../../graph/ops.ts";
import { Value } from "../../graph/value.ts";
import type { AmortisedDraws, AmortisedGuide } from "../../guides/amortised.ts";
import type { Guide, Noise } from "../../guides/guide.ts";
import type { LatentSite, LogJoint } from "../../model/sites.ts";
import type { TracedModel } from "../../model/traced.ts";
import { filled, type LearnedParameter } from "../../networks/index.ts";
import { FitError } from "../errors.ts";
import { type SharedGuides, sharedBlock } from "./shared.ts";

/**
 * Guides by the name of a latent site: amortised ones, whose latents may belong to a plate with a batch; and ordinary ones, as
 * `fit` takes them, for latents that all entries share, `default` for those not named.
 */
export type AmortisedGuides = Readonly<Record<string, AmortisedGuide | Guide | Family>>;

/** Noise over axes (and draw): standard normals for the amortised site of a number, and what ordinary guides are drawn from. */
export interface GuidedNoise {
  readonly own: (axes: readonly Axis[], site: number) => Value;
  readonly shared: Noise;
}

export interface Guided {
  readonly joint: LogJoint;
  /** Of the model and of the guides. */
  readonly learned: readonly LearnedParameter[];
  /** The bound of each draw, entries of a subsampled plate counting for what they stand for. */
  readonly bound: Value;
  /** log p − log q of each entry of the subsampled plate; null where no plate is, or not all amortised latents are its own. */
  readonly logWeight: Value | null;
  /** log p − log q of what all entries share; zero where they share nothing. */
  readonly shared: Value;
  /** What ordinary guides fix at the start, by the name of an input. */
  readonly constants: ReadonlyMap<string, Float64Array>;
}

/**
 * The model at z ~ q. Divergences of an amortised q from priors that are constant normals are taken in closed form in `bound`.
 *
 * `given`: unconstrained values of sites that are not drawn. Throws a FitError for a latent without a guide, and for an ordinary
 * guide of a latent that has an entry for each of a plate with a batch.
 */
export function guided(
  model: TracedModel,
  guides: AmortisedGuides,
  noise: GuidedNoise,
  given: ReadonlyMap<string, Value> = new Map(),
): Guided {
  refuseOthers(model, guides);
  const learned: LearnedParameter[] = [...model.learned];
  const values = new Map<Value, Value>();
  const drawn: { readonly site: LatentSite; readonly draws: AmortisedDraws }[] = [];
  for (const [number, site] of model.latents.entries()) {
    const own = guides[site.name];
    if (!isAmortised(own)) continue;
    const fixed = given.get(site.name);
    const draws = fixed === undefined ? sampleSite(model, site, own, learned, (a) => noise.own(a, number)) : null;
    values.set(site.unconstrained, fixed ?? draws!.value);
    if (draws !== null) drawn.push({ site, draws });
  }
  const others = model.latents.filter(({ name }) => !isAmortised(guides[name]));
  const block = sharedBlock(model, others, ordinaryOf(guides), noise.shared);
  learned.push(...block.learned);
  for (const [site, value] of block.values) values.set(site.unconstrained, given.get(site.name) ?? value);
  const joint = model.atSites(values);
  const closed = new Map(drawn.map(({ site, draws }) => [site.name, closedDivergence(model, site, draws)]));
  const weighted = (density: Value, site: LatentSite): Value =>
    sum(
      model.subsamples.reduce((x, { plate, weight }) => (site.axes.includes(plate) ? mul(x, weight) : x), density),
      unionAxes(site.freeAxes),
    );
  const terms = [...joint.sites].filter(([name]) => (closed.get(name) ?? null) === null).map(([, value]) => value);
  for (const { site, draws } of drawn) {
    terms.push(weighted(closed.get(site.name) ?? draws.logDensity, site).neg());
  }
  return {
    joint,
    learned,
    bound: terms.reduce((a, b) => add(a, b), constant(0)).sub(block.logDensity),
    logWeight: logWeightOf(model, joint, drawn),
    shared: sharedTerms(model, joint).reduce((a, b) => add(a, b), block.logDensity.neg()),
    constants: block.constants,
  };
}

export const isAmortised = (guide: AmortisedGuides[string] | undefined): guide is AmortisedGuide =>
  guide !== undefined && "kind" in guide && guide.kind === "amortised";

const ordinaryOf = (guides: AmortisedGuides): SharedGuides =>
  Object.fromEntries(Object.entries(guides).flatMap(([name, own]) => (isAmortised(own) ? [] : [[name, own]])));

/** Log densities of the sites in which no entry of the subsampled plate has a part. */
function sharedTerms(model: TracedModel, { sites }: LogJoint): Value[] {
  const plates = model.subsamples.map(({ plate }) => plate);
  return [...model.latents, ...model.observed, ...model.factors]
    .filter(({ axes }) => !plates.some((plate) => axes.includes(plate)))
    .flatMap(({ name }) => sites.get(name) ?? []);
}

function logWeightOf(
  model: TracedModel,
  joint: LogJoint,
  drawn: readonly { readonly site: LatentSite; readonly draws: AmortisedDraws }[],
): Value | null {
  const plate = model.subsamples[0]?.plate;
  if (joint.local === null || plate === undefined) return null;
  if (!drawn.every(({ site }) => site.axes.includes(plate))) return null;
  return drawn
    .map(({ site, draws }) => sum(draws.logDensity, withoutAxes(site.freeAxes, [plate])))
    .reduce((x, logDensity) => sub(x, logDensity), joint.local);
}

function sampleSite(
  model: TracedModel,
  site: LatentSite,
  guide: AmortisedGuide,
  learned: LearnedParameter[],
  noise: (axes: readonly Axis[]) => Value,
): AmortisedDraws {
  const known = new Map<string, LearnedParameter>();
  return guide.sample(
    {
      parameter(name, axes = [], initial = filled(0)) {
        const full = `guide.${site.name}.${name}`;
        if (known.has(full)) throw new FitError("wrong-option", `guide of "${site.name}": two parameters "${name}"`);
        const made = { name: full, axes, initial, value: input(`learned.${full}`, axes, "parameter") };
        known.set(full, made);
        learned.push(made);
        return made.value;
      },
      axes: site.freeAxes,
      observed(name) {
        const found = model.observed.find((other) => other.name === name);
        if (found !== undefined) return found.value;
        const names = model.observed.map((other) => `"${other.name}"`).join(", ");
        throw new FitError(
          "wrong-option",
          `guide of "${site.name}": no observed site "${name}"; the model has ${names}`,
        );
      },
    },
    site.freeAxes,
    noise,
  );
}

/** KL(q ‖ p) over the site's axes where p is normal with constant parameters; else null. */
function closedDivergence(model: TracedModel, site: LatentSite, { normal: q }: AmortisedDraws): Value | null {
  if (q === null || site.transform.name !== "identity") return null;
  const changing = new Set([...model.latents.map((s) => s.unconstrained), ...model.learned.map((l) => l.value)]);
  const parameters = Value.topological(Object.values(site.distribution.parameters));
  if (parameters.some((value) => changing.has(value))) return null;
  return klDivergence(normal(q.loc, exp(q.logScale)), site.distribution);
}

function refuseOthers(model: TracedModel, guides: AmortisedGuides): void {
  const names = new Set(model.latents.map(({ name }) => name));
  for (const [name, own] of Object.entries(guides)) {
    if (names.has(name) || (name === "default" && !isAmortised(own))) continue;
    throw new FitError("wrong-option", `guide: the model "${model.name}" has no continuous latent site "${name}"`);
  }
  const [without] = [...names].filter((name) => guides[name] === undefined && guides.default === undefined);
  if (without === undefined && model.discrete.length === 0) return;
  const site = without ?? model.discrete[0]!.name;
  throw new FitError(
    "wrong-option",
    `train: the latent site "${site}" has no guide; give it one ({ ${site}: amortised(…) }, or meanField() where all entries ` +
      "share it), make it a parameter(), sum it out in a factor(), or use fit() for models without learned parameters",
  );
}
