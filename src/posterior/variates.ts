/** Variates of a distribution, drawn on the host from its parameters at each of many draws. */
import type { Distribution, HostParameters } from "../distributions/distribution.ts";
import { type Axis, isDrawAxis, sizeOf, withoutAxes } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import { ThreefryRandom } from "./hostRandom.ts";
import { offsets } from "./offsets.ts";
import type { Chunk } from "./programs.ts";

/** What of a site is needed to draw it. */
export interface Drawn {
  readonly name: string;
  readonly distribution: Distribution;
  readonly axes: readonly Axis[];
}

/** The output of a program that holds a parameter of a site. */
export const parameterOutput = (site: string, parameter: string): string => `${site}.${parameter}`;

/** Where the entries of one parameter lie for a position over the site's plates. */
interface ParameterPlan {
  readonly name: string;
  readonly output: string;
  readonly base: Int32Array;
  /** Offsets of the entries of one variate's parameter, canonical; [0] where it is one number. */
  readonly inner: Int32Array;
  readonly vector: boolean;
}

/** Draws of one site. */
export class Variates {
  /** Row-major: draws × entries of the site in the order the user gave its axes. */
  readonly draws: Float64Array;
  readonly #plans: readonly ParameterPlan[];
  readonly #plates: readonly Axis[];
  /** Where a variate's entries go in the row of a draw. */
  readonly #places: Int32Array;
  readonly #events: Int32Array;

  constructor(
    readonly site: Drawn,
    /** The site's parameters, as `parameterOutput` names them. */
    outputs: Readonly<Record<string, Value>>,
    count: number,
  ) {
    const { distribution, axes, name } = site;
    this.draws = new Float64Array(count * sizeOf(axes));
    this.#plates = withoutAxes(axes, distribution.eventAxes);
    this.#places = offsets(axes, this.#plates);
    this.#events = offsets(axes, withoutAxes(axes, this.#plates));
    this.#plans = Object.keys(distribution.parameters).map((parameter) => {
      const output = parameterOutput(name, parameter);
      return plan(parameter, output, outputs[output]!, this.#plates);
    });
  }

  /** `index`: the position of the site, which has random numbers of its own. */
  add(chunk: Pick<Chunk, "start" | "count" | "column">, step: number, seed: number, index: number): void {
    const size = sizeOf(this.site.axes);
    const columns = this.#plans.map(({ output, base, inner }) => {
      const wanted = new Map<number, Float64Array>();
      for (const at of base)
        for (const k of inner) if (!wanted.has(at + k)) wanted.set(at + k, chunk.column(output, at + k));
      return wanted;
    });
    for (let i = 0; i < chunk.count; i++) {
      const draw = chunk.start + i;
      const random = new ThreefryRandom(seed, index, step, draw);
      for (let variate = 0; variate < this.#places.length; variate++) {
        const parameters = this.#parameters(columns, variate, i);
        const place = draw * size + this.#places[variate]!;
        // A rejection sampler would not end.
        const result = areFinite(parameters) ? this.site.distribution.sample(parameters, random) : Number.NaN;
        this.#events.forEach((offset, k) => {
          this.draws[place + offset] = typeof result === "number" ? result : result[k]!;
        });
      }
    }
  }

  #parameters(columns: readonly ReadonlyMap<number, Float64Array>[], variate: number, i: number): HostParameters {
    const parameters: Record<string, number | number[]> = {};
    this.#plans.forEach(({ name, base, inner, vector }, k) => {
      const at = base[variate]!;
      const entry = (offset: number): number => columns[k]!.get(at + offset)![i]!;
      parameters[name] = vector ? Array.from(inner, entry) : entry(0);
    });
    return parameters;
  }
}

const areFinite = (parameters: HostParameters): boolean =>
  Object.values(parameters).every((value) => {
    return typeof value === "number" ? Number.isFinite(value) : Array.from(value).every(Number.isFinite);
  });

function plan(name: string, output: string, value: Value, plates: readonly Axis[]): ParameterPlan {
  const axes = value.axes.filter((axis) => !isDrawAxis(axis));
  const inner = axes.filter((axis) => !plates.includes(axis));
  return { name, output, base: offsets(axes, plates), inner: offsets(axes, inner), vector: inner.length > 0 };
}
