/** A trained model: bounds of data, seen or not, and what it makes of them. */
import { type Axis, drawAxis } from "../../graph/axis.ts";
import { expand } from "../../graph/expand.ts";
import { input, mean, random } from "../../graph/ops.ts";
import type { Backend, Executable } from "../../graph/program.ts";
import type { Value } from "../../graph/value.ts";
import type { JsonData, Model } from "../../model/model.ts";
import type { Subsample } from "../../model/subsample.ts";
import type { TracedModel } from "../../model/traced.ts";
import { FitError } from "../errors.ts";
import { type AmortisedGuides, guided } from "./guided.ts";
import { learnedState, randomSource } from "./step.ts";
import type { TrainResult } from "./train.ts";

export interface BoundOptions {
  /** Draws of q for every entry. Default 100. */
  readonly draws?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** A sum over entries, and the standard error of its draws. */
export interface BoundEstimate {
  readonly value: number;
  readonly standardError: number;
}

export interface TrainedBounds {
  /** Σ_i E_q log w_i. */
  readonly elbo: BoundEstimate;
  /** Σ_i log (1/K) Σ_k w_ik, K the draws: between the bound and log p(x) in expectation (Burda, Grosse & Salakhutdinov 2016). */
  readonly importanceWeighted: BoundEstimate;
  /** Entries of the plate. */
  readonly entries: number;
  readonly draws: number;
  /** Both, of every entry. */
  readonly perEntry: { readonly elbo: Float64Array; readonly importanceWeighted: Float64Array };
}

export interface ValueOptions extends BoundOptions {
  /** Unconstrained values of latent sites in place of draws of q, in canonical layout, one entry of the plate after the other. */
  readonly latents?: Readonly<Record<string, ArrayLike<number>>>;
}

/** Most draws of a run. */
const DRAWS_AT_ONCE = 10;
/** Steps of the random source, away from those of training. */
const EVALUATION_STEP = 0x40000000;

export class Trained<Data extends object = JsonData> implements AsyncDisposable {
  #disposed = false;

  constructor(
    readonly model: Model<Data>,
    readonly data: Data,
    readonly guide: AmortisedGuides,
    readonly result: TrainResult,
    readonly backend: Backend,
    readonly onDispose: () => void,
  ) {}

  /**
   * Bounds of log p of these data (default: those trained on), entry by entry of the plate with a batch. Throws a FitError
   * where the model has no such plate, or latents that are not its own.
   */
  async bound(data: Data = this.data, { draws = 100, seed = 0 }: BoundOptions = {}): Promise<TrainedBounds> {
    const { traced, subsample } = this.#trace(data);
    const { plate, whole } = subsample;
    const draw = drawAxis(Math.min(draws, DRAWS_AT_ONCE));
    const source = randomSource("parameter");
    const { logWeight } = guided(traced, this.guide, (axes, site) => random("normal", site, [...axes, draw], source));
    if (logWeight === null) {
      throw new FitError("wrong-option", `train: not all latents of "${traced.name}" belong to the plate with a batch`);
    }
    const program = await this.#compile(traced, { logWeight: expand(logWeight, [plate, draw]) });
    const sums = { total: new Float64Array(whole.size), squares: new Float64Array(whole.size) };
    const largest = new Float64Array(whole.size).fill(-Infinity);
    const [weights, weightSquares] = [new Float64Array(whole.size), new Float64Array(whole.size)];
    try {
      write(program, "seed", [seed >>> 0]);
      for (const [chunk, positions] of chunksOf(plate.size, whole.size)) {
        write(program, subsampleName(subsample), positions);
        write(program, "step", [EVALUATION_STEP + chunk]);
        for (let from = 0; from < draws; from += draw.size) {
          write(program, "drawOffset", [from]);
          await program.run();
          const { logWeight: found } = await program.read(["logWeight"]);
          const last = Math.min(plate.size, whole.size - chunk * plate.size);
          for (let e = 0; e < last; e++) {
            const i = positions[e]!;
            for (let s = 0; s < Math.min(draw.size, draws - from); s++) {
              const logW = found![e * draw.size + s]!;
              sums.total[i]! += logW;
              sums.squares[i]! += logW * logW;
              if (logW > largest[i]!) {
                const shrink = Math.exp(largest[i]! - logW);
                weights[i]! *= shrink;
                weightSquares[i]! *= shrink * shrink;
                largest[i] = logW;
              }
              const w = Math.exp(logW - largest[i]!);
              weights[i]! += w;
              weightSquares[i]! += w * w;
            }
          }
        }
      }
    } finally {
      program.dispose();
    }
    const elbo = sums.total.map((total) => total / draws);
    const importanceWeighted = weights.map((w, i) => largest[i]! + Math.log(w / draws));
    const elboVariance = sums.squares.map((square, i) => Math.max(0, square / draws - elbo[i]! ** 2) / draws);
    // Of a logarithm, by the delta method.
    const weightVariance = weights.map((w, i) => Math.max(0, weightSquares[i]! / (w * w) - 1 / draws));
    const estimate = (values: Float64Array, variances: Float64Array): BoundEstimate => ({
      value: values.reduce((a, b) => a + b, 0),
      standardError: Math.sqrt(variances.reduce((a, b) => a + b, 0)),
    });
    return {
      elbo: estimate(elbo, elboVariance),
      importanceWeighted: estimate(importanceWeighted, weightVariance),
      entries: whole.size,
      draws,
      perEntry: { elbo, importanceWeighted },
    };
  }

  /**
   * Latent and deterministic values by name, averaged over draws of q (default 1), entry by entry of the plate with a
   * batch; in canonical layout, the plate outermost. `latents` in place of draws decodes.
   */
  async values(
    names: readonly string[],
    data: Data = this.data,
    { draws = 1, seed = 0, latents = {} }: ValueOptions = {},
  ): Promise<Record<string, Float64Array>> {
    const { traced, subsample } = this.#trace(data);
    const { plate, whole } = subsample;
    const draw = drawAxis(draws);
    const source = randomSource("parameter");
    const given = new Map<string, Value>();
    for (const site of traced.latents) {
      if (latents[site.name] !== undefined)
        given.set(site.name, input(`given.${site.name}`, site.freeAxes, "parameter"));
    }
    const noise = (axes: readonly Axis[], site: number): Value => random("normal", site, [...axes, draw], source);
    const { joint } = guided(traced, this.guide, noise, given);
    const outputs = Object.fromEntries(
      names.map((name) => {
        const value = joint.values.get(name);
        if (value === undefined) throw new FitError("wrong-option", `"${traced.name}" has no site "${name}"`);
        if (value.axes[0] !== plate) {
          throw new FitError("wrong-option", `"${name}" must run over "${plate.name}", made before its other plates`);
        }
        return [name, value.hasAxis(draw) ? mean(value, [draw]) : value];
      }),
    );
    const program = await this.#compile(traced, outputs);
    const found = Object.fromEntries(
      names.map((name) => [name, new Float64Array((outputs[name]!.size / plate.size) * whole.size)]),
    );
    try {
      write(program, "seed", [seed >>> 0]);
      write(program, "drawOffset", [0]);
      for (const [chunk, positions] of chunksOf(plate.size, whole.size)) {
        write(program, subsampleName(subsample), positions);
        write(program, "step", [EVALUATION_STEP + chunk]);
        for (const [name, value] of given) {
          const size = value.size / plate.size;
          const all = latents[name]!;
          const own = positions.flatMap((i) => Array.from({ length: size }, (_, k) => all[i * size + k]!));
          write(program, `given.${name}`, own);
        }
        await program.run();
        const read = await program.read(names);
        const last = Math.min(plate.size, whole.size - chunk * plate.size);
        for (const name of names) {
          const size = outputs[name]!.size / plate.size;
          found[name]!.set(read[name]!.subarray(0, last * size), chunk * plate.size * size);
        }
      }
    } finally {
      program.dispose();
    }
    return found;
  }

  #trace(data: Data): { readonly traced: TracedModel; readonly subsample: Subsample } {
    if (this.#disposed) throw new FitError("wrong-option", "this training was disposed");
    const traced = this.model.trace(data, { minibatch: true });
    const [subsample, ...others] = traced.subsamples;
    if (subsample === undefined || others.length > 0) {
      throw new FitError(
        "wrong-option",
        `train: "${traced.name}" is evaluated entry by entry of its plate with a batch, of which it has ${traced.subsamples.length}`,
      );
    }
    return { traced, subsample };
  }

  async #compile(traced: TracedModel, outputs: Readonly<Record<string, Value>>): Promise<Executable> {
    const program = await this.backend.compile({ name: `evaluation of ${traced.name}`, outputs });
    for (const [name, values] of traced.inputs) write(program, name, values);
    for (const [name, values] of Object.entries(this.result.parameters)) write(program, learnedState({ name }), values);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.onDispose();
  }
}

const subsampleName = ({ index }: Subsample): string => (index.op as { name: string }).name;

/** Positions of consecutive entries, a batch at a time; the last batch is filled up with the last entry. */
function* chunksOf(batch: number, size: number): Generator<[number, number[]]> {
  for (let chunk = 0; chunk * batch < size; chunk++) {
    yield [chunk, Array.from({ length: batch }, (_, i) => Math.min(chunk * batch + i, size - 1))];
  }
}

function write(program: Executable, name: string, values: ArrayLike<number>): void {
  if (program.hasInput(name)) program.write(name, values);
}
