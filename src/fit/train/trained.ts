/** A trained model: bounds of data, seen or not, and what it makes of them. */
import { drawAxis, withoutAxes } from "../../graph/axis.ts";
import { expand } from "../../graph/expand.ts";
import { input, mean } from "../../graph/ops.ts";
import type { Backend, Executable } from "../../graph/program.ts";
import type { Value } from "../../graph/value.ts";
import type { JsonData, Model } from "../../model/model.ts";
import type { Subsample } from "../../model/subsample.ts";
import type { TracedModel } from "../../model/traced.ts";
import { FitError } from "../errors.ts";
import { BoundTally, type TrainedBounds } from "./bounds.ts";
import { type AmortisedGuides, guided } from "./guided.ts";
import { guidedNoise, learnedState, randomSource } from "./step.ts";
import type { TrainResult } from "./train.ts";
import type { Evaluation, Training } from "./training.ts";
import { judgeTraining, type TrainVerdict } from "./verdict.ts";

export interface BoundOptions {
  /** Draws of q for every entry. Default 100. */
  readonly draws?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface ValueOptions extends BoundOptions {
  /** Unconstrained values of latent sites in place of draws of q, in canonical layout, one entry of the plate after the other. */
  readonly latents?: Readonly<Record<string, ArrayLike<number>>>;
}

/** Most draws of a run. */
const DRAWS_AT_ONCE = 10;
/** Steps of the random source, away from those of training. */
const EVALUATION_STEP = 0x40000000;
/** That of the latents which all entries share, so that every batch sees the same draws of them. */
const SHARED_STEP = 0x70000000;

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
    const together = { ...source, step: input("sharedStep", [], "parameter", "u32") };
    const { logWeight, shared, constants } = guided(traced, this.guide, guidedNoise([draw], source, together));
    if (logWeight === null) {
      throw new FitError(
        "wrong-option",
        `train: not all amortised latents of "${traced.name}" belong to the plate with a batch`,
      );
    }
    const outputs = { logWeight: expand(logWeight, [plate, draw]), shared: expand(shared, [draw]) };
    const program = await this.#compile(traced, outputs, constants);
    const tally = new BoundTally(
      whole.size,
      draws,
      traced.latents.some(({ axes }) => !axes.includes(plate)),
    );
    const ofShared = new Float64Array(draws);
    try {
      write(program, "seed", [seed >>> 0]);
      write(program, "sharedStep", [SHARED_STEP]);
      for (const [chunk, positions] of chunksOf(plate.size, whole.size)) {
        const last = Math.min(plate.size, whole.size - chunk * plate.size);
        const logWeights = Array.from({ length: last }, () => new Float64Array(draws));
        write(program, subsampleName(subsample), positions);
        write(program, "step", [EVALUATION_STEP + chunk]);
        for (let from = 0; from < draws; from += draw.size) {
          write(program, "drawOffset", [from]);
          await program.run();
          const read = await program.read(["logWeight", "shared"]);
          for (let s = 0; s < Math.min(draw.size, draws - from); s++) {
            ofShared[from + s] = read.shared![s]!;
            for (let e = 0; e < last; e++) logWeights[e]![from + s] = read.logWeight![e * draw.size + s]!;
          }
        }
        for (const own of logWeights) tally.add(own);
      }
    } finally {
      program.dispose();
    }
    return tally.result(ofShared);
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
    const { joint, constants } = guided(traced, this.guide, guidedNoise([draw], source), given);
    const outputs = Object.fromEntries(
      names.map((name) => {
        const value = joint.values.get(name);
        if (value === undefined) throw new FitError("wrong-option", `"${traced.name}" has no site "${name}"`);
        if (value.axes[0] !== plate) {
          throw new FitError(
            "wrong-option",
            `"${name}" must run over "${plate.name}", made before its other plates; draws() has what all entries share`,
          );
        }
        return [name, value.hasAxis(draw) ? mean(value, [draw]) : value];
      }),
    );
    const program = await this.#compile(traced, outputs, constants);
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

  /**
   * Draws from q of latents that all entries share, and of deterministic sites made of them alone: constrained, in canonical
   * layout, one draw after the other. Throws a FitError for names that belong to entries.
   */
  async draws(
    names: readonly string[],
    { draws = 1000, seed = 0 }: BoundOptions = {},
  ): Promise<Record<string, Float64Array>> {
    const { traced, subsample } = this.#trace(this.data);
    const draw = drawAxis(draws);
    const { joint, constants } = guided(traced, this.guide, guidedNoise([draw], randomSource("parameter")));
    const outputs = Object.fromEntries(
      names.map((name) => {
        const value = joint.values.get(name);
        if (value === undefined) throw new FitError("wrong-option", `"${traced.name}" has no site "${name}"`);
        const local = value.axes.includes(subsample.plate);
        if (local)
          throw new FitError("wrong-option", `"${name}" runs over "${subsample.plate.name}": ask values() for it`);
        return [name, expand(value, [...withoutAxes(value.axes, [draw]), draw])];
      }),
    );
    const program = await this.#compile(traced, outputs, constants);
    try {
      write(program, "seed", [seed >>> 0]);
      write(program, "drawOffset", [0]);
      write(program, "step", [EVALUATION_STEP]);
      await program.run();
      const read = await program.read(names);
      return Object.fromEntries(names.map((name) => [name, drawByDraw(read[name]!, draws)]));
    } finally {
      program.dispose();
    }
  }

  /** Whether to rely on it; with the bounds of some data, whether q covers these too. See `judgeTraining`. */
  judge(bounds: TrainedBounds | null = null): TrainVerdict {
    return judgeTraining(this.result, bounds);
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

  /** Bounds and scores of the data kept back, as the model's file tells by its `training`. */
  async evaluate(
    { heldOut, evaluationDraws = 50, scores = {} }: Training<Data>,
    { draws = evaluationDraws, seed = 0 }: BoundOptions = {},
  ): Promise<Evaluation> {
    const data = heldOut?.(this.data) ?? this.data;
    const bounds = await this.bound(data, { draws, seed });
    const found: Record<string, number> = {};
    for (const [name, { site, of }] of Object.entries(scores)) {
      const values = await this.values([site], data, { seed });
      found[name] = of(values[site]!, data);
    }
    return { bounds, scores: found };
  }

  async #compile(
    traced: TracedModel,
    outputs: Readonly<Record<string, Value>>,
    constants: ReadonlyMap<string, Float64Array>,
  ): Promise<Executable> {
    const program = await this.backend.compile({ name: `evaluation of ${traced.name}`, outputs });
    for (const [name, values] of [...traced.inputs, ...constants]) write(program, name, values);
    for (const [name, values] of Object.entries(this.result.parameters)) write(program, learnedState({ name }), values);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.onDispose();
  }
}

/** In programs the draw is the fastest index. */
function drawByDraw(values: Float64Array, draws: number): Float64Array {
  const size = values.length / draws;
  return Float64Array.from(values, (_, at) => values[(at % size) * draws + Math.floor(at / size)]!);
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
