/** The posterior predictive: new data from each observed site's family, at draws of the guide. */
import type { HostParameters } from "../distributions/distribution.ts";
import { type Axis, isDrawAxis, sizeOf, withoutAxes } from "../graph/axis.ts";
import { log, random } from "../graph/ops.ts";
import type { Backend } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import { scalarNames } from "../model/layout.ts";
import type { LogJoint, ObservedSite } from "../model/sites.ts";
import type { TracedModel } from "../model/traced.ts";
import { drawCategorical } from "../objectives/scoreFunction.ts";
import type { SiteDraws } from "./draws.ts";
import { type Fitted, PosteriorError } from "./fitted.ts";
import { ThreefryRandom } from "./hostRandom.ts";
import { offsets } from "./offsets.ts";
import { type Chunk, DrawProgram, STEPS } from "./programs.ts";
import type { ProposalDraws } from "./proposal.ts";

/** Replicated data. */
export interface Predictive {
  readonly count: number;
  /** Scalar names of all observed sites in order: "y[1]", "y[2]", … */
  readonly names: readonly string[];
  bySite(name: string): SiteDraws;
}

const output = (site: string, parameter: string): string => `${site}.${parameter}`;

export async function predict(fitted: Fitted, backend: Backend, count: number, seed: number): Promise<Predictive> {
  const { model } = fitted;
  if (model.observed.length === 0) {
    throw new PosteriorError("no-predictive", `model "${model.name}" observes nothing, so it predicts nothing`);
  }
  const program = await DrawProgram.compile(fitted, backend, {
    purpose: "predict",
    proposal: "guide",
    build: (draws, joint) => {
      const { predictiveParameters } = model.discrete.length === 0 ? joint : atDiscreteDraws(model, draws);
      return Object.fromEntries(
        model.observed.flatMap(({ name }) =>
          Object.entries(predictiveParameters.get(name)!).map(([key, value]) => [output(name, key), value]),
        ),
      );
    },
    usual: count,
  });
  const sites = model.observed.map((site) => new Replicates(site, program, count));
  try {
    await program.forEachChunk(count, { step: STEPS.predict, seed }, (chunk) => {
      sites.forEach((site, index) => {
        site.add(chunk, seed, index);
      });
    });
  } finally {
    program.dispose();
  }
  return {
    count,
    names: model.observed.flatMap((site) => scalarNames(site.name, site.axes)),
    bySite: (name) => {
      const found = sites.find(({ site }) => site.name === name);
      if (found === undefined) throw new RangeError(`model "${model.name}" has no observed site "${name}"`);
      return { name, shape: found.site.axes.map((axis) => axis.size), draws: found.draws };
    },
  };
}

/** Streams of the uniforms that discrete sites are drawn by. */
const FIRST_STREAM = 0x7ffd0000;

/**
 * The model at draws of its discrete sites: from q where the guide has it, else from p(z | all else), one site after the other,
 * each given those before it. The entries of a Markov chain are drawn each from its own distribution.
 */
function atDiscreteDraws(model: TracedModel, { z, discrete, source }: ProposalDraws): LogJoint {
  const draw = z.axes.find(isDrawAxis)!;
  const guess = new Map(discrete);
  model.discrete.forEach(({ name, probsName, states, axes }, i) => {
    const probs = guess.get(name)?.probs ?? model.at(z, guess).values.get(probsName)!;
    const uniform = random("uniform", FIRST_STREAM + i, [...axes, draw], source);
    guess.set(name, { probs, logProbs: log(probs), position: drawCategorical(probs, states, uniform) });
  });
  return model.at(z, guess);
}

/** Where the entries of one parameter lie for a position over the site's plates. */
interface ParameterPlan {
  readonly name: string;
  readonly output: string;
  readonly base: Int32Array;
  /** Offsets of the entries of one variate's parameter, canonical; [0] where it is one number. */
  readonly inner: Int32Array;
  readonly vector: boolean;
}

class Replicates {
  readonly draws: Float64Array;
  readonly #plans: readonly ParameterPlan[];
  readonly #plates: readonly Axis[];
  /** Where a variate's entries go in the row of a draw. */
  readonly #places: Int32Array;
  readonly #events: Int32Array;

  constructor(
    readonly site: ObservedSite,
    program: DrawProgram,
    count: number,
  ) {
    const { distribution, axes, name } = site;
    this.draws = new Float64Array(count * sizeOf(axes));
    this.#plates = withoutAxes(axes, distribution.eventAxes);
    this.#places = offsets(axes, this.#plates);
    this.#events = offsets(axes, withoutAxes(axes, this.#plates));
    this.#plans = Object.keys(distribution.parameters).map((parameter) => {
      const value = program.outputs[output(name, parameter)]!;
      return plan(parameter, output(name, parameter), value, this.#plates);
    });
  }

  add(chunk: Chunk, seed: number, index: number): void {
    const size = sizeOf(this.site.axes);
    const columns = this.#plans.map(({ output, base, inner }) => {
      const wanted = new Map<number, Float64Array>();
      for (const at of base)
        for (const k of inner) if (!wanted.has(at + k)) wanted.set(at + k, chunk.column(output, at + k));
      return wanted;
    });
    for (let i = 0; i < chunk.count; i++) {
      const draw = chunk.start + i;
      const random = new ThreefryRandom(seed, index, STEPS.predict, draw);
      for (let variate = 0; variate < this.#places.length; variate++) {
        const parameters = this.#parameters(columns, variate, i);
        const result = this.site.distribution.sample(parameters, random);
        const place = draw * size + this.#places[variate]!;
        if (typeof result === "number") {
          this.draws[place] = result;
          continue;
        }
        this.#events.forEach((offset, k) => {
          this.draws[place + offset] = result[k]!;
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

function plan(name: string, output: string, value: Value, plates: readonly Axis[]): ParameterPlan {
  const axes = value.axes.filter((axis) => !isDrawAxis(axis));
  const inner = axes.filter((axis) => !plates.includes(axis));
  return { name, output, base: offsets(axes, plates), inner: offsets(axes, inner), vector: inner.length > 0 };
}
