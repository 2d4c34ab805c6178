/** Running a model once with placeholders for its latents: what its fn sees, and what is kept of it. */
import { type Distribution, supportBounds } from "../distributions/index.ts";
import { Axis, sizeOf, unionAxes, withoutAxes } from "../graph/axis.ts";
import { indexInput, input } from "../graph/ops.ts";
import { MOST_SHUFFLED } from "../graph/shuffle.ts";
import { asValue, type Operand, Value } from "../graph/value.ts";
import { type DeclareParameter, filled, type Initializer, type LearnedParameter } from "../networks/index.ts";
import { transformTo } from "../transforms/index.ts";
import { affineTransform, type SampleOptions } from "./affine.ts";
import { boundAxes } from "./data.ts";
import { discreteSite } from "./discrete.ts";
import { ModelError } from "./errors.ts";
import { describeAxes } from "./layout.ts";
import { densityWithGaps } from "./missing.ts";
import type { Scope } from "./scope.ts";
import { checkObserved, checkParameters, dependsOn } from "./sitechecks.ts";
import type { DiscreteSite, LatentSite, NamedValue, ObservedSite } from "./sites.ts";

/** What a model's function is given. */
export interface ModelContext {
  /** A named axis of independent entries: schools, observations, categories. Not empty. */
  plate(name: string, size: number, options?: PlateOptions): Axis;
  /**
   * A latent site: one value for each entry of `plates` and of the distribution's own plates. A discrete one is summed out
   * where its options say `{ enumerate: true }`; else the guide must have a block for it. Its value is an integer that may index
   * (`mu.at(z)`); what is reported of it are its probabilities, as the site `NAME_probs`.
   */
  sample(name: string, distribution: Distribution, plates?: readonly Axis[], options?: SampleOptions): Value;
  /**
   * A learned number or array without a prior, the weights of a network say: found by `train` along with the guide. Its axes
   * need not be plates. Default: one zero.
   */
  parameter: DeclareParameter;
  /** An observed site, over the axes of `value`. */
  observe(name: string, distribution: Distribution, value: Operand, options?: ObserveOptions): void;
  /** Adds `value`, summed over its axes, to the log joint (to its likelihood). */
  factor(name: string, value: Operand): void;
  /** Reports `value` with the posterior under a name; `axes` fixes the order its names count in. */
  deterministic(name: string, value: Operand, axes?: readonly Axis[]): Value;
}

export interface PlateOptions {
  /**
   * How many entries each step of a fit sees: so many distinct ones, drawn afresh, their log densities multiplied by
   * size / batch. Results are evaluated on all entries. Default: all.
   */
  readonly batch?: number;
}

export interface ObserveOptions {
  /**
   * What becomes of missing entries (of data bound with `real(…, { missing: true })`): `"ignore"` leaves them out of the
   * likelihood; `"impute"` makes them latent, as the site `NAME_missing` with one entry for each.
   */
  readonly missing?: "ignore" | "impute";
}

const NAME = /^[\p{L}_][\p{L}\p{N}_.′-]*$/u;

export class Tracing implements ModelContext {
  readonly latents: LatentSite[] = [];
  readonly discrete: DiscreteSite[] = [];
  readonly observed: ObservedSite[] = [];
  readonly factors: NamedValue[] = [];
  readonly deterministics: NamedValue[] = [];
  readonly learned: LearnedParameter[] = [];
  /** Plates with a batch, and its size. */
  readonly batches = new Map<Axis, number>();
  readonly #placeholders = new Set<Value>();
  readonly #names = new Set<string>();
  #length = 0;

  /** `minibatch`: plates have their batches' sizes, and stand for some entries that a program chooses. */
  constructor(
    readonly scope: Scope,
    readonly minibatch = false,
  ) {}

  /** Scalars in the flat unconstrained vector so far. */
  get length(): number {
    return this.#length;
  }

  /** The site declared last. */
  get lastSite(): string | null {
    return [...this.#names].at(-1) ?? null;
  }

  /** The functions, free of `this`, as a model's fn takes them apart. */
  context(): ModelContext {
    return {
      plate: (name, size, options) => this.plate(name, size, options),
      sample: (name, distribution, plates, options) => this.sample(name, distribution, plates, options),
      parameter: (name, axes, initial) => this.parameter(name, axes, initial),
      observe: (name, distribution, value, options) => this.observe(name, distribution, value, options),
      factor: (name, value) => this.factor(name, value),
      deterministic: (name, value, axes) => this.deterministic(name, value, axes),
    };
  }

  plate(name: string, size: number, { batch }: PlateOptions = {}): Axis {
    requireName(name, "plate");
    const { plates, missing } = this.scope;
    if (plates.has(name)) {
      throw new ModelError(
        "duplicate-plate",
        name,
        `plate("${name}"): the model has a plate of this name already; use the axis that the first plate() returned`,
      );
    }
    if (size === 0) {
      throw new ModelError("empty-plate", name, `plate("${name}", 0): a plate must have at least one entry`);
    }
    if (typeof size !== "number" || Number.isNaN(size)) {
      const code = missing.length > 0 ? "data-missing" : "plate-size";
      const fields = missing.length > 0 ? `; ${this.scope.missingFields()}` : "";
      throw new ModelError(code, name, `plate("${name}", ${String(size)}): the size must be a number${fields}`);
    }
    if (!Number.isInteger(size) || size < 0) {
      throw new ModelError("plate-size", name, `plate("${name}", ${size}): the size must be a positive integer`);
    }
    const axis = this.#axisOf(name, size, batch);
    plates.set(name, axis);
    return axis;
  }

  #axisOf(name: string, size: number, batch: number | undefined): Axis {
    const whole = new Axis(name, size);
    if (batch === undefined) return whole;
    if (!Number.isInteger(batch) || batch < 1 || batch > size || size > MOST_SHUFFLED) {
      throw new ModelError(
        "plate-size",
        name,
        `plate("${name}", ${size}, { batch: ${String(batch)} }): the batch must be an integer from 1 to the size of the plate`,
      );
    }
    if (!this.minibatch) {
      this.batches.set(whole, batch);
      return whole;
    }
    const plate = new Axis(name, batch);
    this.batches.set(plate, batch);
    this.scope.subsamples.set(plate, {
      plate,
      whole,
      index: indexInput(this.scope.inputName(`batch.${name}`), [plate], whole, "parameter"),
      weight: input(this.scope.inputName(`weight.${name}`), [plate], "parameter"),
    });
    return plate;
  }

  sample(name: string, distribution: Distribution, plates: readonly Axis[] = [], options?: SampleOptions): Value {
    this.#claim(name);
    requireDistribution(distribution, `sample("${name}")`, name);
    requireAxes(plates, `sample("${name}", distribution, plates)`, name);
    if (distribution.hasAtoms) {
      throw new ModelError(
        "discrete-latent",
        name,
        `${name}: a latent ${distribution.name} has values of positive probability, which no Gaussian guide can follow; ` +
          "give the latent the family without them, or sum over the cases with factor()",
      );
    }
    const plated = withoutAxes(plates, distribution.eventAxes);
    const given = [...plates, ...withoutAxes(distribution.batchAxes, plates)];
    const axes = [...given, ...withoutAxes(distribution.eventAxes, given)];
    if (new Set(plated).size !== plated.length) {
      throw new ModelError("axis-mismatch", name, `${name}: a plate is given twice in ${describeAxes(plates)}`);
    }
    this.scope.requirePlates(axes, name);
    this.#checkParameters(name, distribution, axes);
    if (distribution.discrete) return this.#sampleDiscrete(name, distribution, axes, options);
    this.#requireContinuous(name, distribution);
    const transform =
      affineTransform(name, distribution, axes, options, (value) => this.#isLatent(value)) ??
      transformTo(distribution.support);
    const free = transform.unconstrainedAxes ?? distribution.eventAxes;
    // Where a matrix has a vector of free coordinates, that takes the place of its first axis.
    const freeAxes = axes.flatMap((axis) => {
      const event = distribution.eventAxes.indexOf(axis);
      if (event < 0) return [axis];
      if (free.length === distribution.eventAxes.length) return [free[event]!];
      return event === 0 ? free : [];
    });
    const unconstrained = input(this.scope.inputName(`latent.${name}`), freeAxes, "parameter");
    this.#placeholders.add(unconstrained);
    const value = transform.forward(unconstrained);
    const length = sizeOf(freeAxes);
    const start = this.#length;
    this.latents.push({ name, distribution, axes, transform, freeAxes, start, length, unconstrained, value });
    this.#length += length;
    return value;
  }

  #sampleDiscrete(
    name: string,
    distribution: Distribution,
    axes: readonly Axis[],
    options: SampleOptions | undefined,
  ): Value {
    affineTransform(name, distribution, axes, options, (value) => this.#isLatent(value));
    const inputName = this.scope.inputName(`latent.${name}`);
    const site = discreteSite(name, inputName, distribution, axes, options?.enumerate === true);
    this.#claim(site.probsName);
    this.#placeholders.add(site.value);
    this.discrete.push(site);
    return site.value;
  }

  /** A support that moves with a discrete site would need a Jacobian for each of its values. */
  #requireContinuous(name: string, { support }: Distribution): void {
    const discrete = new Set(this.discrete.map(({ value }) => value));
    const bounds = Object.values(supportBounds(support));
    if (!bounds.some((bound) => bound !== undefined && dependsOn(asValue(bound), discrete))) return;
    throw new ModelError(
      "discrete-latent",
      name,
      `${name}: its support depends on a discrete latent; give it a fixed support, and scale or shift it where it is used`,
    );
  }

  parameter(name: string, axes: readonly Axis[] = [], initial: Initializer = filled(0)): Value {
    this.#claim(name);
    requireAxes(axes, `parameter("${name}", axes)`, name);
    const value = input(this.scope.inputName(`learned.${name}`), axes, "parameter");
    this.#placeholders.add(value);
    this.learned.push({ name, axes, initial, value });
    return value;
  }

  observe(name: string, distribution: Distribution, value: Operand, { missing }: ObserveOptions = {}): void {
    this.#claim(name);
    requireDistribution(distribution, `observe("${name}")`, name);
    const observed = this.#operand(value, `observe("${name}", distribution, value)`, name);
    if (this.#isLatent(observed)) {
      throw new ModelError(
        "observed-latent",
        name,
        `${name}: the observed value depends on a latent; observe() takes data — for a term of the log joint use factor()`,
      );
    }
    this.scope.requirePlates(observed.axes, name);
    const own = unionAxes(distribution.batchAxes, distribution.eventAxes);
    this.scope.requirePlates(own, name);
    const lacking = withoutAxes(own, observed.axes);
    if (lacking.length > 0) {
      throw new ModelError(
        "axis-mismatch",
        name,
        `${name}: the distribution runs over ${describeAxes(own)} and the observed value over ` +
          `${describeAxes(observed.axes)}: it lacks ${describeAxes(lacking)}; bind the data to ` +
          `${lacking.length === 1 ? "that plate" : "those plates"} too, or sum or gather the parameters`,
      );
    }
    const axes = boundAxes(observed) ?? observed.axes;
    this.#checkParameters(name, distribution, axes);
    if (!this.minibatch) checkObserved(name, distribution, observed, axes, (bound) => this.#isLatent(bound));
    const logProb = densityWithGaps(this, name, distribution, observed, axes, missing);
    this.observed.push({ name, distribution, axes, value: observed, logProb });
  }

  factor(name: string, value: Operand): void {
    this.#claim(name);
    const term = this.#operand(value, `factor("${name}", value)`, name);
    this.scope.requirePlates(term.axes, name);
    this.factors.push({ name, axes: term.axes, value: term });
  }

  deterministic(name: string, value: Operand, axes?: readonly Axis[]): Value {
    this.#claim(name);
    const result = this.#operand(value, `deterministic("${name}", value)`, name);
    this.scope.requirePlates(result.axes, name);
    const order = axes ?? boundAxes(result) ?? result.axes;
    if (order.length !== result.axes.length || !order.every((axis) => result.hasAxis(axis))) {
      throw new ModelError(
        "axis-mismatch",
        name,
        `${name}: the value runs over ${describeAxes(result.axes)}, not over ${describeAxes(order)}`,
      );
    }
    const discrete = this.discrete.find((site) => dependsOn(result, new Set([site.value])));
    if (discrete !== undefined) {
      throw new ModelError(
        "discrete-latent",
        name,
        `${name}: the value depends on ${discrete.name}, which is discrete and summed out or averaged over; its probabilities are ` +
          `reported as ${discrete.probsName}`,
      );
    }
    this.deterministics.push({ name, axes: order, value: result });
    return result;
  }

  #isLatent(value: Value): boolean {
    return dependsOn(value, this.#placeholders);
  }

  /** A trace for minibatches follows one of all data, which has been checked. */
  #checkParameters(name: string, distribution: Distribution, axes: readonly Axis[]): void {
    if (this.minibatch) return;
    checkParameters(name, distribution, axes, (value) => this.#isLatent(value));
  }

  #claim(name: string): void {
    requireName(name, "site");
    if (this.#names.has(name)) {
      throw new ModelError("duplicate-site", name, `${name}: the model has a site of this name already; rename one`);
    }
    this.#names.add(name);
  }

  #operand(value: Operand, call: string, site: string): Value {
    if (value instanceof Value || typeof value === "number") return asValue(value);
    if (value === undefined) {
      throw new ModelError("wrong-argument", site, `${call}: the value is undefined; ${this.scope.missingFields()}`);
    }
    throw new ModelError(
      "wrong-argument",
      site,
      `${call}: the value must be a number or a value of the model; bind arrays to plates: real(array, [plate])`,
    );
  }
}

function requireName(name: string, what: string): void {
  if (typeof name === "string" && NAME.test(name)) return;
  throw new ModelError(
    "site-name",
    String(name),
    `${what} name ${JSON.stringify(name)}: names start with a letter and hold letters, digits, "_", "." and "-"`,
  );
}

function requireDistribution(distribution: Distribution, call: string, site: string): void {
  if (typeof distribution?.logProb === "function") return;
  throw new ModelError("wrong-argument", site, `${call}: the second argument must be a distribution, as normal(0, 1)`);
}

function requireAxes(axes: readonly Axis[], call: string, site: string): void {
  if (Array.isArray(axes) && axes.every((axis) => axis instanceof Axis)) return;
  throw new ModelError("wrong-argument", site, `${call}: plates must be an array of plates, as [school]`);
}
