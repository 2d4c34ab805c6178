import { drawAxis } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { castF32, input, mul, random, select, square, sub, sum } from "../graph/ops.ts";
import type { Executable } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { BoundGuide, Guide, GuideStart, Noise } from "../guides/index.ts";
import type { Model } from "../model/model.ts";
import { elbo, weightedBound } from "../objectives/index.ts";
import { bindGuide } from "./bind.ts";
import { writeInputs } from "./density.ts";
import { type DeviceChoice, deviceFor } from "./device.ts";
import { FitError } from "./errors.ts";
import { minibatchOf, withoutLearned } from "./minibatch.ts";
import { drawsOfOne, type ObjectiveOptions } from "./objective.ts";
import { settle } from "./options.ts";
import { parameterNames, whole } from "./step.ts";
import { Turns, turnState } from "./turns.ts";

/** The objective's gradient is "reparameterised" by default where it is the ELBO. */
export interface CompileElboOptions extends ObjectiveOptions {
  /** An open device, or which to open for this one: default "auto". "cpu" is the float64 reference. */
  readonly device?: DeviceChoice;
  /** Default meanField(). */
  readonly guide?: Guide;
  /** Where the guide is bound, such as the `resume.start` of a fit. Default: the origin, with unit scales. */
  readonly boundAt?: GuideStart;
  /**
   * Draws an evaluation averages over. Default 16 for the ELBO, else as for a fit. A multiple of the draws of one bound.
   */
  readonly draws?: number;
}

/** Parameters of the guide by name, in canonical layout. */
export type LambdaArrays = Readonly<Record<string, ArrayLike<number>>>;

export interface ElboEvaluation {
  readonly value: number;
  readonly standardError: number;
  /** With respect to each parameter of the guide. */
  readonly gradient: Record<string, Float64Array>;
  /** Draws left out because they were not finite. */
  readonly nonFinite: number;
  /** Of a weighted objective: the effective sample size of the draws of one bound. Null for the ELBO. */
  readonly effectiveDraws: number | null;
}

/** Most draws of one turn; more take several, so that memory does not depend on their number. */
const CHUNK = 4096;

/**
 * The ELBO and its gradient as a function of the guide's parameters, for a program that has its own optimiser. The
 * guide is bound at the origin unless told otherwise: `loc` is its location itself, `logScale` (mean field) or `logDiagonal` and `lower`
 * (full rank) its scale.
 *
 * Where a plate has a batch, an evaluation sees the entries that its seed and step draw, each standing for size/batch: value
 * and gradient are unbiased estimates of those of all data, and `standardError` is that of the draws, given the batch.
 */
export class CompiledElbo {
  readonly #executable: Executable;
  readonly #turns: Turns;
  readonly #names: readonly string[];

  private constructor(
    readonly guide: BoundGuide,
    readonly draws: number,
    readonly chunk: number,
    readonly weighted: boolean,
    executable: Executable,
    turns: Turns,
    readonly close: () => void,
  ) {
    this.#executable = executable;
    this.#turns = turns;
    this.#names = Object.keys(guide.parameters);
  }

  static async compile<Data extends object>(
    model: Model<Data>,
    data: Data,
    options: CompileElboOptions,
  ): Promise<CompiledElbo> {
    const settings = settle(options);
    const { draws, guide, form, weighted } = settings;
    const gradient = settings.gradient ?? "reparameterised";
    const traced = withoutLearned(model.trace(data));
    const size = traced.coordinate.size;
    const origin: GuideStart = options.boundAt ?? {
      mean: new Float64Array(size),
      factor: null,
      scale: new Float64Array(size).fill(1),
    };
    const bound = bindGuide(guide, traced, origin);
    const unit = drawsOfOne(weighted, draws);
    const chunk = unit * Math.ceil(draws / unit / Math.ceil(draws / Math.max(CHUNK, unit)));
    const draw = drawAxis(chunk);
    const turn = turnState();
    const source = {
      seed: input(parameterNames.seed, [], "parameter", "u32"),
      step: input("step", [], "parameter", "u32"),
      drawOffset: mul(turn, chunk),
    };
    const inputsOf = (specs: BoundGuide["constants"] | BoundGuide["parameters"], prefix: string) =>
      Object.fromEntries(
        Object.entries(specs).map(([name, { axes }]) => [name, input(`${prefix}.${name}`, axes, "parameter")]),
      );
    const minibatch = minibatchOf(model, data, traced);
    const seen = minibatch === traced ? traced : minibatch.drawnBatches(source, bound.coordinate);
    const lambda = inputsOf(bound.parameters, "lambda");
    const constantInputs = inputsOf(bound.constants, "guide");
    const noise: Noise = (distribution, axes, stream) => random(distribution, stream, [...axes, draw], source);
    const found =
      weighted === null
        ? { ...elbo(seen, bound, lambda, constantInputs, noise, draw, { form, gradient }), ess: null }
        : weightedBound(whole(minibatch, weighted), bound, lambda, constantInputs, noise, draw, weighted);
    const terms = weighted === null ? [draw] : found.good.axes;
    const spread = select(found.good, square(sub(found.terms, found.value)), 0);
    const outputs: Record<string, Value> = {
      value: found.value,
      squares: sum(spread, terms),
      good: sum(castF32(found.good), terms),
      nonFinite: found.nan.add(found.impossible),
      ...(found.ess !== null && { ess: found.ess }),
    };
    for (const [name, value] of Object.entries(found.gradient())) {
      // A derivative may be constant along an axis of its parameter.
      outputs[`gradient.${name}`] = expand(value, lambda[name]!.axes);
    }
    const { backend, close } = await deviceFor(options.device);
    try {
      const turns = new Turns(`ELBO of ${traced.name}`, turn, outputs, Math.ceil(draws / chunk));
      const executable = await backend.compile(turns.spec);
      turns.begin(executable);
      const constants = Object.entries(bound.constants).map(([name, { values }]) => [`guide.${name}`, values] as const);
      writeInputs(executable, [...minibatch.inputs, ...constants]);
      return new CompiledElbo(bound, draws, chunk, weighted !== null, executable, turns, close);
    } catch (error) {
      close();
      throw error;
    }
  }

  /** The parameters of N(0, I), to start from. */
  initial(): Record<string, Float64Array> {
    return Object.fromEntries(
      Object.entries(this.guide.parameters).map(([name, { initial }]) => [name, initial.slice()]),
    );
  }

  /** The same seed and step give the same draws, and of plates with a batch the same entries. */
  async evaluate(
    lambda: LambdaArrays,
    at: { readonly seed?: number; readonly step?: number } = {},
  ): Promise<ElboEvaluation> {
    for (const name of this.#names) {
      if (lambda[name] === undefined) throw new FitError("wrong-option", `evaluate: lambda lacks "${name}"`);
    }
    const write = (name: string, values: ArrayLike<number>): void => writeInputs(this.#executable, [[name, values]]);
    for (const name of this.#names) write(`lambda.${name}`, lambda[name]!);
    write(parameterNames.seed, [(at.seed ?? 0) >>> 0]);
    write("step", [(at.step ?? 0) >>> 0]);
    let count = 0;
    let mean = 0;
    let squares = 0;
    let nonFinite = 0;
    let ess = 0;
    const gradient = Object.fromEntries(
      this.#names.map((name) => [name, new Float64Array(this.guide.parameters[name]!.initial.length)]),
    );
    await this.#turns.forEach(this.#executable, (read) => {
      const good = read.good![0]!;
      nonFinite += read.nonFinite![0]!;
      if (good === 0) return;
      const delta = read.value![0]! - mean;
      const total = count + good;
      squares += read.squares![0]! + (delta * delta * count * good) / total;
      mean += (delta * good) / total;
      if (this.weighted) ess += ((read.ess![0]! - ess) * good) / total;
      for (const name of this.#names) {
        const sums = gradient[name]!;
        const values = read[`gradient.${name}`]!;
        for (let i = 0; i < sums.length; i++) sums[i]! += ((values[i]! - sums[i]!) * good) / total;
      }
      count = total;
    });
    return {
      value: count === 0 ? Number.NaN : mean,
      standardError: count < 2 ? Number.POSITIVE_INFINITY : Math.sqrt(squares / (count - 1) / count),
      gradient,
      nonFinite,
      effectiveDraws: this.weighted ? ess : null,
    };
  }

  dispose(): void {
    this.#executable.dispose();
    this.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
