/** Draws from the prior: each site from its distribution, given the sites that it depends on (ancestral sampling). */
import { compileEvaluator } from "../cpu/interpreter.ts";
import { drawAxis, isDrawAxis, sizeOf } from "../graph/axis.ts";
import { input } from "../graph/ops.ts";
import { substitute } from "../graph/rewrite.ts";
import { Value } from "../graph/value.ts";
import { scalarNames } from "../model/layout.ts";
import { dependsOn } from "../model/sitechecks.ts";
import type { NamedValue } from "../model/sites.ts";
import type { TracedModel } from "../model/traced.ts";
import type { SiteDraws } from "./draws.ts";
import { PosteriorError, positiveInteger } from "./fitted.ts";
import { offsets } from "./offsets.ts";
import { STEPS } from "./programs.ts";
import { type Drawn, parameterOutput, Variates } from "./variates.ts";

export interface PriorOptions {
  /** Default 1000. */
  readonly draws?: number;
  /** Default 0. The same seed gives the same draws. */
  readonly seed?: number;
  /** Whether data are drawn as well, for a prior predictive check. Default true. */
  readonly observed?: boolean;
}

/** Draws of all that has a prior. */
export interface PriorDraws {
  readonly count: number;
  /** Scalar names of what was drawn: latents, discrete sites, deterministic sites, observed ones. */
  readonly names: readonly string[];
  /** Sites that cannot be drawn, and why: an improper prior, or one that depends on such. */
  readonly undrawn: ReadonlyMap<string, string>;
  /** Throws a PosteriorError for a site that was not drawn. */
  bySite(name: string): SiteDraws;
}

/** Numbers of one array while a chunk of draws is evaluated: 8 MiB. */
const LARGEST = 2 ** 20;

/** A site to be drawn, with what stands for it in the graph. */
interface Prior extends Drawn {
  readonly value: Value;
  /** The position of its random numbers among the sites. */
  readonly index: number;
}

/** See `samplePrior`. */
export function drawPrior(
  model: TracedModel,
  { draws = 1000, seed = 0, observed = true }: PriorOptions = {},
): PriorDraws {
  positiveInteger(draws, "samplePrior({ draws })");
  const { latents, discrete, deterministics, learned } = model;
  if (learned.length > 0) {
    const names = learned.map(({ name }) => name).join(", ");
    throw new PosteriorError(
      "no-prior",
      `model "${model.name}" has parameters without a prior (${names}): there is none to draw`,
    );
  }
  const unknown: Prior[] = [...latents, ...discrete].map((site, index) => ({ ...site, index }));
  const data = model.observed.map((site, i) => ({ ...site, index: unknown.length + i }));
  const sampler = new Ancestral(model, draws, seed);
  let left = unknown;
  for (;;) {
    const ready = left.filter(({ distribution }) => {
      return !left.some((other) => dependsOnAny(Object.values(distribution.parameters), other.value));
    });
    if (ready.length === 0) break;
    sampler.draw(ready);
    left = left.filter((site) => !ready.includes(site));
  }
  sampler.compute(deterministics);
  if (observed) sampler.draw(data);
  const sites = [...latents, ...discrete, ...deterministics, ...(observed ? model.observed : [])];
  const drawn = sites.filter(({ name }) => sampler.drawn.has(name));
  return {
    count: draws,
    names: drawn.flatMap(({ name, axes }) => scalarNames(name, axes)),
    undrawn: sampler.undrawn,
    bySite(name) {
      const found = sites.find((site) => site.name === name);
      const values = sampler.drawn.get(name);
      if (found === undefined || values === undefined) {
        const why = sampler.undrawn.get(name) ?? `model "${model.name}" has no such site`;
        throw new PosteriorError("no-prior", `no draws of "${name}": ${why}`);
      }
      return { name, shape: found.axes.map(({ size }) => size), draws: values };
    },
  };
}

const dependsOnAny = (values: readonly Value[], on: Value): boolean =>
  values.some((value) => dependsOn(value, new Set([on])));

/** What has been drawn so far, of which the rest is made. */
class Ancestral {
  /** Row-major: draws × entries of the site in the order the user gave its axes. */
  readonly drawn = new Map<string, Float64Array>();
  readonly undrawn = new Map<string, string>();
  readonly #sites: Prior[] = [];

  constructor(
    readonly model: TracedModel,
    readonly count: number,
    readonly seed: number,
  ) {}

  /** Sites whose parameters depend on none but those that were drawn before. */
  draw(sites: readonly Prior[]): void {
    const possible = sites.filter((site) => this.#isKnown(site.name, Object.values(site.distribution.parameters)));
    const outputs = Object.fromEntries(
      possible.flatMap(({ name, distribution }) =>
        Object.entries(distribution.parameters).map(([key, value]) => [parameterOutput(name, key), value]),
      ),
    );
    let variates: Map<Prior, Variates> | undefined;
    this.#evaluate(outputs, (chunk, made) => {
      variates ??= new Map(possible.map((site) => [site, new Variates(site, made, this.count)]));
      for (const [site, own] of variates) {
        if (this.undrawn.has(site.name)) continue;
        try {
          own.add(chunk, STEPS.prior, this.seed, site.index);
        } catch (error) {
          this.undrawn.set(site.name, (error as Error).message);
        }
      }
    });
    for (const [site, { draws }] of variates ?? []) {
      this.#sites.push(site);
      if (!this.undrawn.has(site.name)) this.drawn.set(site.name, draws);
    }
    for (const site of sites) if (!possible.includes(site)) this.#sites.push(site);
  }

  /** Values that follow from the sites. */
  compute(values: readonly NamedValue[]): void {
    const possible = values.filter(({ name, value }) => this.#isKnown(name, [value]));
    const arrays = new Map(possible.map(({ name, axes }) => [name, new Float64Array(this.count * sizeOf(axes))]));
    const outputs = Object.fromEntries(possible.map(({ name, value }) => [name, value]));
    this.#evaluate(outputs, (chunk, made) => {
      for (const { name, axes } of possible) {
        const size = sizeOf(axes);
        const array = arrays.get(name)!;
        offsets(
          made[name]!.axes.filter((axis) => !isDrawAxis(axis)),
          axes,
        ).forEach((place, entry) => {
          const column = chunk.column(name, place);
          for (let i = 0; i < chunk.count; i++) array[(chunk.start + i) * size + entry] = column[i]!;
        });
      }
    });
    for (const [name, array] of arrays) this.drawn.set(name, array);
  }

  /** Whether all that the values depend on was drawn; notes why not. */
  #isKnown(name: string, values: readonly Value[]): boolean {
    const lacking = this.#sites.find((site) => this.undrawn.has(site.name) && dependsOnAny(values, site.value));
    if (lacking !== undefined) this.undrawn.set(name, `it depends on "${lacking.name}", which cannot be drawn`);
    return lacking === undefined;
  }

  /** The values at the draws so far, chunk by chunk. */
  #evaluate(
    outputs: Readonly<Record<string, Value>>,
    visit: (chunk: Parameters<Variates["add"]>[0], made: Readonly<Record<string, Value>>) => void,
  ): void {
    const names = Object.keys(outputs);
    const values = Object.values(outputs);
    const used = this.#sites.filter(({ name, value }) => this.drawn.has(name) && dependsOnAny(values, value));
    const most = Math.max(...used.map(({ axes }) => sizeOf(axes)), ...largest(values), 1);
    const chunk = Math.max(1, Math.min(this.count, Math.floor(LARGEST / most)));
    for (let start = 0, compiled: Compiled | undefined; start < this.count; start += chunk) {
      const count = Math.min(chunk, this.count - start);
      if (compiled?.count !== count) compiled = compile(values, used, count);
      const inputs = new Map(this.model.inputs);
      for (const { site, leaf } of compiled.leaves) inputs.set(inputName(site), this.#slice(site, leaf, start, count));
      const arrays = compiled.evaluate(inputs);
      const made = Object.fromEntries(names.map((name, k) => [name, compiled!.roots[k]!]));
      const column = (name: string, position = 0): Float64Array => {
        const k = names.indexOf(name);
        const varies = compiled!.roots[k]!.axes.some(isDrawAxis);
        return varies
          ? arrays[k]!.subarray(position * count, (position + 1) * count)
          : new Float64Array(count).fill(arrays[k]![position]!);
      };
      visit({ start, count, column }, made);
    }
  }

  /** Draws of a site as the graph has them: canonical, the draw last. */
  #slice(site: Prior, leaf: Value, start: number, count: number): Float64Array {
    const draws = this.drawn.get(site.name)!;
    const size = sizeOf(site.axes);
    const array = new Float64Array(size * count);
    const plates = leaf.axes.filter((axis) => !isDrawAxis(axis));
    offsets(site.axes, plates).forEach((place, entry) => {
      for (let i = 0; i < count; i++) array[entry * count + i] = draws[(start + i) * size + place]!;
    });
    return array;
  }
}

interface Compiled {
  readonly count: number;
  readonly roots: readonly Value[];
  readonly leaves: readonly { readonly site: Prior; readonly leaf: Value }[];
  evaluate(inputs: ReadonlyMap<string, Float64Array>): Float64Array[];
}

const inputName = ({ name }: Prior): string => `prior.${name}`;

/** The values with draws in the places of sites. */
function compile(values: readonly Value[], used: readonly Prior[], count: number): Compiled {
  const draw = drawAxis(count);
  const leaves = used.map((site) => {
    return { site, leaf: input(inputName(site), [...site.axes, draw], "parameter", site.value.dtype) };
  });
  const roots = substitute(values, new Map(leaves.map(({ site, leaf }) => [site.value, leaf])));
  return { count, roots, leaves, evaluate: compileEvaluator(roots) };
}

/** Sizes of what one draw computes. */
const largest = (values: readonly Value[]): number[] => Value.topological([...values]).map(({ size }) => size);
