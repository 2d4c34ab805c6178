/** Judging λ by draws of the guide itself, on the device: for guides that are not one Gaussian that the host could draw from. */
import { expandTo } from "../cpu/expand.ts";
import { type Axis, drawAxis } from "../graph/axis.ts";
import { castF32, input, mul, select } from "../graph/ops.ts";
import { type Backend, type Executable, madeOnce, type ProgramSpec } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import { elbo } from "../objectives/index.ts";
import { writeInputs } from "./density.ts";
import { type Judge, meanAndError, PAIRS } from "./evaluate.ts";
import { antitheticNoise } from "./noise.ts";
import { HOST_STREAMS } from "./random.ts";
import { parameterNames } from "./step.ts";

/** Draws a run; half of them are the antithetic of the others. */
const BATCH = 16;
const RUNS = (2 * PAIRS) / BATCH;
/** Runs at each spread when points are looked for at which a draw is not finite. */
const PROBES = 32;
/** `step` of these draws, which no optimisation reaches. */
const STEP = HOST_STREAMS.evaluate;

const names = {
  lambda: (name: string): string => `lambda.${name}`,
  local: (name: string): string => `local.${name}`,
  spread: "spread",
} as const;

export interface JudgeProgram {
  /** The same noise for every λ. */
  readonly judge: Judge;
  /** Draws at which log p, log q or their gradients are not finite, looked for ever further out until there are some. */
  broken(lambda: Readonly<Record<string, Float64Array>>): Promise<Float64Array[]>;
  dispose(): void;
}

interface JudgeGraph {
  readonly draw: Axis;
  readonly values: Readonly<Record<string, Value>>;
  /** Of those that are not constant. */
  readonly spec: ProgramSpec;
}

export function judgeGraph(model: TracedModel, guide: BoundGuide): JudgeGraph {
  const draw = drawAxis(BATCH);
  const antithetic = antitheticNoise(draw, {
    seed: input(parameterNames.seed, [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input(parameterNames.drawOffset, [], "parameter", "u32"),
  });
  const spread = input(names.spread, [], "parameter");
  const noise: Noise = (distribution, axes, stream) => {
    const made = antithetic(distribution, axes, stream);
    return distribution === "normal" ? mul(made, spread) : made;
  };
  const inputs = (specs: Readonly<Record<string, { axes: readonly Axis[] }>>, nameOf: (name: string) => string) =>
    Object.fromEntries(
      Object.entries(specs).map(([name, { axes }]) => [name, input(nameOf(name), axes, "parameter")] as const),
    );
  const lambda: Parameters = inputs(guide.parameters, names.lambda);
  const constants = inputs(guide.constants, parameterNames.constant);
  const gradient = guide.gradientEstimator;
  const bound = elbo(model, guide, lambda, constants, noise, draw, { form: "joint", gradient });
  const values: Record<string, Value> = {
    good: castF32(bound.good),
    terms: select(bound.good, bound.terms, 0),
    z: bound.draws.z,
  };
  const measured = Object.keys(guide.parameters).filter((name) => !guide.parameters[name]!.adaptive);
  if (measured.length > 0) {
    const local = bound.naturalGradient();
    for (const name of measured) values[names.local(name)] = local[name]!;
  }
  const outputs = Object.fromEntries(Object.entries(values).filter(([, value]) => value.op.kind !== "constant"));
  return { draw, values, spec: { name: `${guide.name} bound of ${model.name}`, outputs } };
}

export async function compileJudge(
  model: TracedModel,
  guide: BoundGuide,
  backend: Backend,
  seed: number,
): Promise<JudgeProgram> {
  const { draw, values, spec } = madeOnce(backend, "judge", () => judgeGraph(model, guide));
  const executable = await backend.compile(spec);
  writeInputs(executable, [
    ...model.inputs,
    ...Object.entries(guide.constants).map(([name, { values }]) => [parameterNames.constant(name), values] as const),
    [parameterNames.seed, [seed]],
    ["step", [STEP]],
  ]);
  const localNames = Object.keys(guide.localAxes).filter((name) => names.local(name) in values);
  const run = async (batch: number): Promise<Batch> => {
    writeInputs(executable, [[parameterNames.drawOffset, [batch * BATCH]]]);
    await executable.run();
    const arrays = await executable.read(Object.keys(spec.outputs));
    const full = (name: string, axes: readonly Axis[]): Float64Array => {
      const value = values[name]!;
      const own = value.op.kind === "constant" ? Float64Array.of(value.op.value) : arrays[name]!;
      return expandTo(own, value.axes, axes);
    };
    return {
      good: full("good", [draw]),
      terms: full("terms", [draw]),
      z: full("z", [model.coordinate, draw]),
      local: localNames.map((name) => full(names.local(name), guide.localAxes[name]!)),
    };
  };
  return {
    judge: async (lambda) => {
      begin(executable, lambda, 1);
      const tally = new Tally(model.coordinate.size);
      for (let batch = 0; batch < RUNS; batch++) tally.add(await run(batch));
      const judged = tally.result();
      const known = guide.moments(lambda);
      return known === null ? judged : { ...judged, loc: known.loc, scale: known.scale };
    },
    async broken(lambda) {
      for (const spread of [1, 1.5, 2, 3, 5]) {
        begin(executable, lambda, spread);
        const found: Float64Array[] = [];
        for (let batch = 0; batch < PROBES; batch++) {
          const { good, z } = await run(RUNS + batch);
          for (const [s, fine] of good.entries()) {
            if (fine === 0) found.push(Float64Array.from({ length: z.length / BATCH }, (_, i) => z[i * BATCH + s]!));
          }
        }
        if (found.length > 0) return found;
      }
      return [];
    },
    dispose: () => executable.dispose(),
  };
}

function begin(executable: Executable, lambda: Readonly<Record<string, Float64Array>>, spread: number): void {
  const entries = Object.entries(lambda).map(([name, array]) => [names.lambda(name), array] as const);
  writeInputs(executable, [...entries, [names.spread, [spread]]]);
}

/** One run: arrays over draw, over coordinate and draw, and local gradients. */
interface Batch {
  readonly good: Float64Array;
  readonly terms: Float64Array;
  readonly z: Float64Array;
  readonly local: readonly Float64Array[];
}

/** Adds up the runs of one λ. */
class Tally {
  readonly #pairs: number[] = [];
  readonly #locals: Float64Array[] = [];
  readonly #pivot: Float64Array;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(readonly size: number) {
    [this.#pivot, this.#sums, this.#squares] = [size, size, size].map((n) => new Float64Array(n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  }

  add({ good, terms, z, local }: Batch): void {
    const half = BATCH / 2;
    for (let p = 0; p < half; p++) {
      const both = good[p] !== 0 && good[p + half] !== 0;
      this.#pairs.push(both ? (terms[p]! + terms[p + half]!) / 2 : Number.NaN);
    }
    if (good.some((fine) => fine !== 0)) this.#locals.push(Float64Array.from(local.flatMap((array) => [...array])));
    for (const [s, fine] of good.entries()) {
      if (fine === 0) continue;
      for (let i = 0; i < this.size; i++) {
        const x = z[i * BATCH + s]!;
        if (this.#count === 0) this.#pivot[i] = x;
        this.#sums[i]! += x - this.#pivot[i]!;
        this.#squares[i]! += (x - this.#pivot[i]!) ** 2;
      }
      this.#count++;
    }
  }

  /** Standard errors of the local gradient are those of a mean over the runs. */
  result(): Awaited<ReturnType<Judge>> {
    const pairs = Float64Array.from(this.#pairs);
    const { mean: value, error } = meanAndError(pairs);
    const distances = Array.from(this.#locals[0] ?? [], (_, k) =>
      meanAndError(Float64Array.from(this.#locals, (local) => local[k]!)),
    );
    const n = this.#count;
    return {
      pairs,
      value,
      error,
      distance: Float64Array.from(distances, ({ mean }) => mean),
      distanceError: Float64Array.from(distances, ({ error }) => error),
      loc: this.#pivot.map((pivot, i) => pivot + this.#sums[i]! / n),
      scale: this.#sums.map((sum, i) => Math.sqrt(Math.max(0, this.#squares[i]! / n - (sum / n) ** 2))),
    };
  }
}
