/** Elbow's own step, as a contender. */
import { parameterNames, type StepProgram, stepProgram, traceNames } from "../../src/fit/step.ts";
import type { Backend, Executable, Explanation } from "../../src/graph/program.ts";
import { fullRank, meanField } from "../../src/guides/index.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { adam } from "../../src/optimizers/index.ts";
import type { Contender } from "./contender.ts";

export type GuideName = "mean-field" | "full-rank";

/** Standard deviation that q starts with, and Adam's step size, for every contender. */
export const SCALE = 0.1;
export const STEP_SIZE = 0.01;

export interface Ours extends Contender {
  readonly program: OwnProgram;
  readonly explanation: Explanation;
  /** The ELBO of the first step of every fit. */
  readonly firstElbos: Float64Array;
}

/** The ELBO, its gradient and Adam on a plain N(0, SCALE²) start: what the peers do as well. */
export function adamStep(traced: TracedModel, guideName: GuideName, draws: number): OwnProgram {
  const size = traced.coordinate.size;
  const start = { mean: new Float64Array(size), factor: null, scale: new Float64Array(size).fill(SCALE) };
  const guide = (guideName === "mean-field" ? meanField() : fullRank()).bind(traced.coordinate, start);
  const settings = { draws, form: "joint", gradient: guide.gradientEstimator } as const;
  const inputs: Inputs = [
    ...traced.inputs,
    ...Object.entries(guide.constants).map(([name, { values }]) => [parameterNames.constant(name), values] as const),
    [parameterNames.seed, [1]],
    [parameterNames.drawOffset, [0]],
    [parameterNames.stepSize, [STEP_SIZE]],
    [parameterNames.averaging, [0]],
  ];
  return { ...stepProgram(traced, guide, adam(), settings), inputs };
}

/** A step with what it begins with. */
export interface OwnProgram extends Pick<StepProgram, "spec"> {
  readonly states: Readonly<Record<string, { readonly initial: ArrayLike<number> }>>;
  readonly inputs: Inputs;
}

export type Inputs = readonly (readonly [string, ArrayLike<number>])[];

/** `fits`: so many of the same data side by side, with seeds 1, 2, …; a step is one of each. */
export const ours = (
  name: string,
  trace: () => TracedModel,
  guide: GuideName,
  draws: number,
  backend: Backend,
  fits?: number,
): Promise<Ours> => contend(name, () => adamStep(trace(), guide, draws), backend, traceNames.elbo, fits);

/** `traced`: the scalar that tells the ELBO of every step. */
export async function contend(
  name: string,
  make: () => OwnProgram,
  backend: Backend,
  traced: string,
  fits?: number,
): Promise<Ours> {
  const began = performance.now();
  const program = make();
  const shared = new Set(program.inputs.flatMap(([input]) => (input === parameterNames.seed ? [] : [input])));
  const executable = await backend.compile({ ...program.spec, ...(fits !== undefined && { fits, shared }) });
  const compiled = performance.now();
  writeAll(executable, program);
  for (let fit = 0; fit < (fits ?? 0); fit++) executable.write(parameterNames.seed, [fit + 1], fit);
  const elbos = async (): Promise<Float64Array> => (await executable.read([traced]))[traced]!;
  const run = async (n: number): Promise<number> => {
    await executable.run(n);
    return (await elbos()).at(-1)!;
  };
  await executable.run(1);
  const firstElbos = await elbos();
  const done = performance.now();
  return {
    name,
    program,
    explanation: executable.explain(),
    compileSeconds: (compiled - began) / 1000,
    firstSeconds: (done - began) / 1000,
    firstElbo: firstElbos[0]!,
    firstElbos,
    // Traces are kept for a run: not too many steps at once.
    async steps(n) {
      let elbo = Number.NaN;
      const most = Math.ceil(20_000 / (fits ?? 1));
      for (let left = n; left > 0; left -= most) elbo = await run(Math.min(left, most));
      return elbo;
    },
    dispose: () => executable.dispose(),
  };
}

export function writeAll(executable: Executable, { states, inputs }: OwnProgram): void {
  // A simplified graph may have lost some.
  for (const [name, values] of inputs) if (executable.hasInput(name)) executable.write(name, values);
  for (const [state, { initial }] of Object.entries(states)) executable.write(state, initial);
}
