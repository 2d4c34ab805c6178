import { Axis, withoutAxes } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { add, castI32, constant, iota, mul, type RandomSource, square } from "../graph/ops.ts";
import { at, slice, split } from "../graph/reindex.ts";
import { substitute } from "../graph/rewrite.ts";
import { movedAxes } from "../graph/scan-body.ts";
import { Value } from "../graph/value.ts";
import type { LearnedParameter } from "../networks/index.ts";
import { boundData } from "./data.ts";
import { priorTerm, requireEntryByEntry } from "./discrete.ts";
import { type DiscreteGuess, eliminate, type Factor } from "./eliminate.ts";
import { ModelError } from "./errors.ts";
import { scalarNames } from "./layout.ts";
import { dependsOn } from "./sitechecks.ts";
import type { DiscreteSite, LatentSite, LogJoint, NamedValue, ObservedSite, Term } from "./sites.ts";
import { drawnSubsample, type Subsample } from "./subsample.ts";
import type { Tracing } from "./trace.ts";

/** A model with its data: its sites, and its log joint at any z. */
export class TracedModel {
  /**
   * The axis of the flat unconstrained vector: all latent sites in the order of their declaration. A model whose latents are
   * all discrete has one coordinate that is no site, a standard normal, which takes nothing from its evidence.
   */
  readonly coordinate: Axis;
  readonly latents: readonly LatentSite[];
  readonly discrete: readonly DiscreteSite[];
  readonly observed: readonly ObservedSite[];
  readonly factors: readonly NamedValue[];
  readonly deterministics: readonly NamedValue[];
  /** Parameters without a prior. */
  readonly learned: readonly LearnedParameter[];
  /** Bindings of the data inputs, in canonical layout. */
  readonly inputs: ReadonlyMap<string, Float64Array>;
  /** Reported beside latents: deterministic sites, and the probabilities of discrete ones. */
  readonly reported: readonly { readonly name: string; readonly axes: readonly Axis[] }[];
  /** Plates that stand for some of their entries, in a trace for minibatches. */
  readonly subsamples: readonly Subsample[];
  #names: readonly string[] | undefined;
  readonly #replacements: ReadonlyMap<Value, Value>;
  /** Where one plate is subsampled: the densities that run over it, summed over their other plates. */
  readonly #entries: readonly Value[];
  /** Log densities of the sites that no discrete site bears on, summed over their plates. */
  readonly #densities: ReadonlyMap<string, Value>;
  /** Those that depend on discrete sites, and the priors of these. */
  readonly #discreteTerms: readonly Term[];

  constructor(
    readonly name: string,
    readonly tracing: Tracing,
    /** The model whose graph this one shares, with inputs or placeholders of its own. */
    of?: Variant,
  ) {
    const { latents, discrete, observed, factors, deterministics, learned } = tracing;
    if (latents.length + discrete.length + learned.length === 0) {
      throw new ModelError(
        "no-latent",
        null,
        `model "${name}" has no latent site, so there is nothing to infer; declare one with sample()`,
      );
    }
    this.latents = latents;
    this.discrete = discrete;
    this.observed = observed;
    this.factors = factors;
    this.deterministics = deterministics;
    this.learned = learned;
    this.coordinate = of?.coordinate ?? of?.model.coordinate ?? new Axis("coordinate", Math.max(tracing.length, 1));
    const probabilities = discrete.map(({ probsName, axes, states }) => ({ name: probsName, axes: [...axes, states] }));
    this.reported = [...deterministics, ...probabilities];
    const terms = of === undefined ? termsOf(tracing) : [];
    const isDiscrete = (term: Term): boolean => discrete.some((site) => knows(term, site));
    this.subsamples = [...tracing.scope.subsamples.values()];
    this.#replacements = of === undefined ? new Map() : (of.replacements ?? of.model.#replacements);
    for (const term of terms) this.#requireSum(term, isDiscrete(term));
    /** Entries of a plate that is subsampled count for what they stand for. */
    const weighted = ({ value, plates }: Term): Value =>
      this.subsamples.reduce((x, { plate, weight }) => (plates.includes(plate) ? mul(x, weight) : x), value);
    const [only, ...others] = this.subsamples;
    const alone = only !== undefined && others.length === 0 ? only.plate : null;
    const isLocal = (term: Term): boolean => alone !== null && term.plates.includes(alone);
    const entryOf = ({ value, plates }: Term): Value => value.sum(...plates.filter((plate) => plate !== alone));
    this.#entries = of === undefined ? terms.filter(isLocal).map(entryOf) : of.model.#entries;
    const summed = (term: Term) => [term.site, weighted(term).sum(...term.plates)] as const;
    this.#discreteTerms = of === undefined ? terms.filter(isDiscrete) : of.model.#discreteTerms;
    this.#densities =
      of === undefined ? new Map(terms.filter((term) => !isDiscrete(term)).map(summed)) : of.model.#densities;
    if (of === undefined) requireEntryByEntry(discrete, this.#discreteTerms);
    this.inputs = of?.inputs ?? of?.model.inputs ?? collectInputs(name, this.roots, this.#placeholders());
  }

  /** Names of the scalars of latent and deterministic sites, as Stan writes them: "theta[1]", "b[2,3]". */
  get parameterNames(): readonly string[] {
    this.#names ??= [...this.latents, ...this.reported].flatMap((site) => scalarNames(site.name, site.axes));
    return this.#names;
  }

  /** The same graph with other data for its inputs. */
  withInputs(inputs: ReadonlyMap<string, Float64Array>): TracedModel {
    return new TracedModel(this.name, this.tracing, { model: this, inputs });
  }

  /**
   * A trace for minibatches whose entries are drawn afresh for every step of the source, over the same coordinates as the
   * model of all data: its log joint is an unbiased estimate of that one's.
   */
  drawnBatches(source: RandomSource, coordinate: Axis): TracedModel {
    const replacements = new Map(
      this.subsamples.flatMap((subsample, position) => {
        const { index, weight } = drawnSubsample(subsample, position, source);
        return [[subsample.index, index] as const, [subsample.weight, weight] as const];
      }),
    );
    return new TracedModel(this.name, this.tracing, { model: this, replacements, coordinate });
  }

  #placeholders(): Set<Value> {
    return new Set([
      ...this.latents.map((site) => site.unconstrained),
      ...this.discrete.map((site) => site.value),
      ...this.learned.map(({ value }) => value),
      ...this.subsamples.flatMap(({ index, weight }) => [index, weight]),
    ]);
  }

  /** A density that mixes the entries of a subsampled plate is not a sum over them, of which a batch estimates a share. */
  #requireSum({ site, value, plates }: Term, isDiscrete: boolean): void {
    for (const { plate } of this.subsamples) {
      const refuse = (reason: string, remedy: string): ModelError =>
        new ModelError("minibatch", site, `${site}: ${reason}; ${remedy}, or leave out the batch of the plate`);
      if (isDiscrete && plates.includes(plate)) {
        const reason = `a discrete site is summed out along the plate "${plate.name}", which has a batch`;
        throw refuse(reason, "write the sum over its values as a factor");
      }
      const mixing = Value.topological([value]).find(
        // A gather's index may run over the plate: that is how data and parameters get there.
        (node) => (node.op.kind === "gather" ? [node.op.axis] : movedAxes(node)).includes(plate),
      );
      if (mixing === undefined) continue;
      const reason = `its density mixes entries of the plate "${plate.name}" (by a ${mixing.op.kind} along it), so that a batch does not estimate it`;
      throw refuse(
        reason,
        "keep the plate to the end (sites and factors are summed over it), prepare data before real()",
      );
    }
  }

  /**
   * The log joint with the flat vector `z` (over `coordinate`, and `draw` if it likes) for the latents. Discrete sites are
   * summed out, but for those that `q` gives probabilities for: over these it is the mean of log p − log q, or log p at their draws.
   */
  at(z: Value, q: DiscreteGuess = new Map()): LogJoint {
    if (!z.hasAxis(this.coordinate)) {
      throw new ModelError("wrong-argument", null, `model "${this.name}": z must run over ${this.coordinate}`);
    }
    const prior = this.latents.length === 0 ? standardNormal(at(z, this.coordinate, 0)) : null;
    return this.#joint(new Map(this.latents.map((site) => [site.unconstrained, this.#take(z, site)])), q, prior);
  }

  /** The log joint with values for the latents' unconstrained placeholders, and for any others that are left. */
  atSites(given: ReadonlyMap<Value, Value>): LogJoint {
    return this.#joint(given, new Map(), null);
  }

  #joint(given: ReadonlyMap<Value, Value>, q: DiscreteGuess, prior: Value | null): LogJoint {
    const replacements = new Map<Value, Value>([
      ...this.#replacements,
      ...given,
      ...this.discrete.map(({ name, value, states, lower }) => {
        return [value, castI32(add(q.get(name)?.position ?? iota(states), lower))] as const;
      }),
    ]);
    const { roots } = this;
    const made = substitute(roots, replacements);
    const rebuilt = new Map(roots.map((root, i) => [root, made[i]!]));
    const sites = new Map([...this.#densities].map(([name, value]) => [name, rebuilt.get(value)!]));
    const values = new Map([...this.latents, ...this.deterministics].map((s) => [s.name, rebuilt.get(s.value)!]));
    const predictiveParameters = new Map(
      this.observed.map((site) => {
        const entries = Object.entries(site.distribution.parameters);
        return [site.name, Object.fromEntries(entries.map(([name, value]) => [name, rebuilt.get(value)!]))];
      }),
    );
    const priors = this.latents.flatMap((site) => sites.get(site.name) ?? []);
    const logPrior = prior ?? total(priors);
    const terms = [...this.observed, ...this.factors].flatMap((site) => sites.get(site.name) ?? []);
    let drawn: LogJoint["drawn"] = new Map();
    if (this.discrete.length > 0) {
      const { value, probabilities, drawn: ofDraws } = eliminate(this.discrete, this.#factors(rebuilt, q), q);
      drawn = new Map([...ofDraws].map(([site, own]) => [site.name, own]));
      sites.set([...new Set(this.#discreteTerms.map(({ site }) => site))].join(" + "), value);
      terms.push(value);
      for (const [site, probs] of probabilities) values.set(site.probsName, probs);
    }
    const logLikelihood = total(terms);
    const logJoint = terms.length === 0 ? logPrior : add(logLikelihood, logPrior);
    const local = this.#entries.length === 0 ? null : total(this.#entries.map((entry) => rebuilt.get(entry)!));
    return { logJoint, logPrior, logLikelihood, local, sites, values, predictiveParameters, drawn };
  }

  #factors(rebuilt: ReadonlyMap<Value, Value>, q: DiscreteGuess): Factor[] {
    return this.#discreteTerms.map((term) => {
      const known = this.discrete.filter((site) => knows(term, site));
      const isDrawn = ({ name }: DiscreteSite): boolean => q.get(name)?.position !== undefined;
      const prior = this.discrete.find(({ name }) => name === term.site);
      return {
        value: rebuilt.get(term.value)!,
        plates: term.plates,
        sites: known.filter((site) => !isDrawn(site)),
        drawn: known.filter(isDrawn),
        ...(prior && { prior }),
        ...(term.transition && { transition: rebuilt.get(term.transition)! }),
      };
    });
  }

  /**
   * The log densities of latents and of observed sites and factors, one for each entry of `plate`, over it and the axes of
   * z. Of a series along `plate` an entry's is conditional on those before it. Sites that have no such axis are left out.
   */
  along(plate: Axis, z: Value): { readonly prior: Value; readonly likelihood: Value } {
    // A density that depends on discrete sites is one of all its entries together.
    const separate = ({ name }: { readonly name: string }): boolean => this.#densities.has(name);
    const priors = this.latents
      .filter(separate)
      .map((site) => entriesOf(site, plate))
      .filter((terms) => terms !== null);
    const observed = this.observed.filter(separate).map((site) => entriesOf(site, plate));
    const factors = this.factors
      .filter(separate)
      .map(({ axes, value }) => (axes.includes(plate) ? value.sum(...withoutAxes(axes, [plate])) : null));
    const likelihoods = [...observed, ...factors].filter((terms) => terms !== null);
    const replacements = new Map(this.latents.map((site) => [site.unconstrained, this.#take(z, site)]));
    const made = substitute([total(priors), total(likelihoods)], replacements);
    const over = [plate, ...withoutAxes(z.axes, [this.coordinate])];
    return { prior: expand(made[0]!, over), likelihood: expand(made[1]!, over) };
  }

  /** Whether `along` has anything for this plate. */
  hasTermsAlong(plate: Axis): boolean {
    const sites = [...this.latents, ...this.observed, ...this.factors];
    return sites.some(({ name, axes }) => axes.includes(plate) && this.#densities.has(name));
  }

  /** Terms over `coordinate`, summed for each entry of `plate` over the sites that `along` does not leave out. */
  coordinatesAlong(plate: Axis, terms: Value): Value {
    const cut = this.latents
      .filter((site) => this.#densities.has(site.name) && entriesOf(site, plate) !== null)
      .map((site) => this.#take(terms, site).sum(...withoutAxes(site.freeAxes, [plate])));
    return expand(total(cut), [plate, ...withoutAxes(terms.axes, [this.coordinate])]);
  }

  /** A site's unconstrained value, cut out of the flat vector. */
  #take(z: Value, site: LatentSite): Value {
    return cutSite(z, this.coordinate, site.freeAxes, site.start);
  }

  /** Everything that a program may ask of the model, in terms of the latents' placeholders. */
  get roots(): Value[] {
    return [
      ...this.#densities.values(),
      ...this.#discreteTerms.flatMap(({ value, transition }) => [value, ...(transition ? [transition] : [])]),
      ...this.#entries,
      ...this.latents.map((site) => site.value),
      ...this.deterministics.map((site) => site.value),
      ...this.observed.flatMap((site) => Object.values(site.distribution.parameters)),
    ];
  }
}

/** A site's unconstrained value over its axes, which begins at `start` of a vector over `coordinate`. */
export function cutSite(z: Value, coordinate: Axis, freeAxes: readonly Axis[], start: number): Value {
  const [axis, ...more] = freeAxes;
  if (axis === undefined) return at(z, coordinate, start);
  if (more.length > 0) return split(z, coordinate, freeAxes, start);
  return slice(z, coordinate, axis, start);
}

/** What a model shares a graph with another by. */
interface Variant {
  readonly model: TracedModel;
  readonly inputs?: ReadonlyMap<string, Float64Array>;
  readonly coordinate?: Axis;
  /** What takes the place of placeholders other than the sites'. */
  readonly replacements?: ReadonlyMap<Value, Value>;
}

/** Log densities of all sites, over their plates. */
const termsOf = ({ latents, discrete, observed, factors }: Tracing): Term[] => [
  ...latents.map((site) => ({ site: site.name, value: latentDensity(site), plates: platesOf(site) })),
  ...discrete.map(priorTerm),
  ...observed.map((site) => ({ site: site.name, value: site.logProb, plates: platesOf(site) })),
  ...factors.map((site) => ({ site: site.name, value: site.value, plates: site.axes })),
];

/** Whether a term depends on a discrete site, or is its prior. */
const knows = (term: Term, { name, value }: DiscreteSite): boolean =>
  term.site === name ||
  dependsOn(term.value, new Set([value])) ||
  (term.transition !== undefined && dependsOn(term.transition, new Set([value])));

const platesOf = (site: LatentSite | ObservedSite): Axis[] => withoutAxes(site.axes, site.distribution.eventAxes);

/** log p(x) + log|dx/du|. */
const latentDensity = ({ distribution, transform, unconstrained, value }: LatentSite): Value =>
  distribution.logProb(value).add(transform.logAbsDetJacobian(unconstrained, value));

const standardNormal = (x: Value): Value =>
  square(x)
    .mul(-0.5)
    .sub(0.5 * Math.log(2 * Math.PI));

/** A site's log density for each entry of `plate`; null where it is not made of such. */
function entriesOf(site: LatentSite | ObservedSite, plate: Axis): Value | null {
  const { distribution, value } = site;
  if (!site.axes.includes(plate)) return null;
  const others = withoutAxes(platesOf(site), [plate]);
  if (distribution.eventAxes.includes(plate)) return distribution.logProbTerms?.(value).sum(...others) ?? null;
  if ("logProb" in site) return site.logProb.sum(...others);
  const jacobian = site.transform.logAbsDetJacobian(site.unconstrained, value);
  return distribution
    .logProb(value)
    .add(jacobian)
    .sum(...others);
}

const total = (terms: readonly Value[]): Value =>
  terms.length === 0 ? constant(0) : terms.slice(1).reduce((sum, term) => add(sum, term), terms[0]!);

function collectInputs(
  model: string,
  roots: readonly Value[],
  placeholders: ReadonlySet<Value>,
): ReadonlyMap<string, Float64Array> {
  const inputs = new Map<string, Float64Array>();
  for (const value of Value.topological(roots)) {
    if (value.op.kind !== "input" || placeholders.has(value)) continue;
    const data = boundData(value);
    if (data === undefined) {
      throw new ModelError(
        "data-missing",
        value.op.name,
        `model "${model}": the input "${value.op.name}" has no data; make it with real(), integer() or index(), inside the model`,
      );
    }
    inputs.set(value.op.name, data);
  }
  return inputs;
}
