import { Axis, withoutAxes } from "../graph/axis.ts";
import { add, constant } from "../graph/ops.ts";
import { at, slice, split } from "../graph/reindex.ts";
import { substitute } from "../graph/rewrite.ts";
import { Value } from "../graph/value.ts";
import { boundData } from "./data.ts";
import { ModelError } from "./errors.ts";
import { scalarNames } from "./layout.ts";
import type { LatentSite, LogJoint, NamedValue, ObservedSite } from "./sites.ts";
import type { Tracing } from "./trace.ts";

/** A model with its data: its sites, and its log joint at any z. */
export class TracedModel {
  /** The axis of the flat unconstrained vector: all latent sites in the order of their declaration. */
  readonly coordinate: Axis;
  readonly latents: readonly LatentSite[];
  readonly observed: readonly ObservedSite[];
  readonly factors: readonly NamedValue[];
  readonly deterministics: readonly NamedValue[];
  /** Bindings of the data inputs, in canonical layout. */
  readonly inputs: ReadonlyMap<string, Float64Array>;
  /** Names of the scalars of latent and deterministic sites, as Stan writes them: "theta[1]", "b[2,3]". */
  readonly parameterNames: readonly string[];
  readonly #densities: ReadonlyMap<string, Value>;

  constructor(
    readonly name: string,
    readonly tracing: Tracing,
    /** The model of other data whose graph this one shares, with its own. */
    of?: { readonly model: TracedModel; readonly inputs: ReadonlyMap<string, Float64Array> },
  ) {
    const { latents, observed, factors, deterministics } = tracing;
    if (latents.length === 0) {
      throw new ModelError(
        "no-latent",
        null,
        `model "${name}" has no latent site, so there is nothing to infer; declare one with sample()`,
      );
    }
    this.latents = latents;
    this.observed = observed;
    this.factors = factors;
    this.deterministics = deterministics;
    this.coordinate = of?.model.coordinate ?? new Axis("coordinate", tracing.length);
    this.parameterNames =
      of?.model.parameterNames ?? [...latents, ...deterministics].flatMap((site) => scalarNames(site.name, site.axes));
    this.#densities = of === undefined ? densitiesOf(tracing) : of.model.#densities;
    this.inputs = of?.inputs ?? collectInputs(name, this.roots, latents);
  }

  /** The same graph with other data for its inputs. */
  withInputs(inputs: ReadonlyMap<string, Float64Array>): TracedModel {
    return new TracedModel(this.name, this.tracing, { model: this, inputs });
  }

  /** The log joint with the flat vector `z` (over `coordinate`, and `draw` if it likes) for the latents. */
  at(z: Value): LogJoint {
    if (!z.hasAxis(this.coordinate)) {
      throw new ModelError("wrong-argument", null, `model "${this.name}": z must run over ${this.coordinate}`);
    }
    const replacements = new Map(this.latents.map((site) => [site.unconstrained, this.#take(z, site)]));
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
    const logPrior = total(this.latents.map((site) => sites.get(site.name)!));
    const terms = [...this.observed, ...this.factors].map((site) => sites.get(site.name)!);
    const logLikelihood = total(terms);
    const logJoint = terms.length === 0 ? logPrior : add(logLikelihood, logPrior);
    return { logJoint, logPrior, logLikelihood, sites, values, predictiveParameters };
  }

  /** A site's unconstrained value, cut out of the flat vector. */
  #take(z: Value, site: LatentSite): Value {
    const [axis, ...more] = site.freeAxes;
    if (axis === undefined) return at(z, this.coordinate, site.start);
    if (more.length > 0) return split(z, this.coordinate, site.freeAxes, site.start);
    return slice(z, this.coordinate, axis, site.start);
  }

  /** Everything that a program may ask of the model, in terms of the latents' placeholders. */
  get roots(): Value[] {
    return [
      ...this.#densities.values(),
      ...this.latents.map((site) => site.value),
      ...this.deterministics.map((site) => site.value),
      ...this.observed.flatMap((site) => Object.values(site.distribution.parameters)),
    ];
  }
}

const densitiesOf = ({ latents, observed, factors }: Tracing): ReadonlyMap<string, Value> =>
  new Map([
    ...latents.map((site) => [site.name, latentDensity(site)] as const),
    ...observed.map((site) => [site.name, site.logProb.sum(...platesOf(site))] as const),
    ...factors.map((site) => [site.name, site.value.sum(...site.axes)] as const),
  ]);

const platesOf = (site: LatentSite | ObservedSite): Axis[] => withoutAxes(site.axes, site.distribution.eventAxes);

/** log p(x) + log|dx/du|, summed over the site's plates. */
function latentDensity(site: LatentSite): Value {
  const { distribution, transform, unconstrained, value } = site;
  const density = distribution.logProb(value).add(transform.logAbsDetJacobian(unconstrained, value));
  return density.sum(...platesOf(site));
}

const total = (terms: readonly Value[]): Value =>
  terms.length === 0 ? constant(0) : terms.slice(1).reduce((sum, term) => add(sum, term), terms[0]!);

function collectInputs(
  model: string,
  roots: readonly Value[],
  latents: readonly LatentSite[],
): ReadonlyMap<string, Float64Array> {
  const placeholders = new Set(latents.map((site) => site.unconstrained));
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
