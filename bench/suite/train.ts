/** A row of training: learned parameters and an amortised guide by batches, checked and timed like any other row. */
import { openDevice } from "../../src/compile/openDevice.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { guided } from "../../src/fit/train/guided.ts";
import { learnedState, memoryState, trainStep } from "../../src/fit/train/step.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/ops.ts";
import type { Backend } from "../../src/graph/program.ts";
import type { Value } from "../../src/graph/value.ts";
import type { JsonData, Model, Training } from "../../src/index.ts";
import { adam } from "../../src/optimizers/index.ts";
import { disagreement } from "./check.ts";
import { type Contender, timeInterleaved } from "./contender.ts";
import { contend, type Ours, type OwnProgram } from "./ours.ts";
import type { CheckResult } from "./peers/peer.ts";
import type { PeerTraining, TrainCheckPoint } from "./peers/training.ts";
import { Random } from "./random.ts";
import { describe, type RunOptions, type StepResult, timingOptions } from "./run.ts";

export interface TrainProblem {
  readonly model: Model;
  readonly training: Training;
  readonly data: JsonData;
  /** A few entries, all of them a batch, for the check: as data, and as the peers see them. */
  readonly few: { readonly data: JsonData; readonly rows: TrainCheckPoint["data"] };
  readonly peer: PeerTraining;
}

export interface TrainRow {
  readonly kind: "train";
  readonly name: string;
  readonly title: string;
  problem(): Promise<TrainProblem>;
}

export async function runTrainRow(
  row: TrainRow,
  options: RunOptions,
  onProgress: (text: string) => void,
): Promise<StepResult> {
  onProgress("data");
  const problem = await row.problem();
  const device = await openDevice({ kind: "gpu" });
  const contenders: Contender[] = [];
  const refused: Record<string, string> = {};
  try {
    onProgress("elbow: compiling");
    const own = await ownTraining(problem, device);
    contenders.push(own);
    onProgress("elbow: checking");
    const at = checkPoint(problem);
    const reference = cpuBackend();
    const expected = await boundAt(problem, at, reference);
    reference.dispose();
    const wrong = disagreement(await boundAt(problem, at, device), expected);
    if (wrong !== null) throw new Error(`${row.name}: Elbow disagrees with its float64 reference: ${wrong}`);
    if (options.peers.includes("cpu-reference")) refused["cpu-reference"] = "too large for the interpreter";
    await addPeers(problem, { at, expected }, options, contenders, refused, onProgress);
    const [timing, ...peers] = await timeInterleaved(contenders, timingOptions(options.quick, onProgress));
    return { ...describe(row, own), ours: timing!, peers, refused };
  } finally {
    for (const contender of contenders) contender.dispose();
    await device[Symbol.asyncDispose]();
  }
}

const ownTraining = (problem: TrainProblem, backend: Backend): Promise<Ours> =>
  contend("elbow", () => trainingProgram(problem), backend, "bound");

function trainingProgram({ model, training, data, peer }: TrainProblem): OwnProgram {
  const traced = model.trace(data, { minibatch: true });
  const optimizer = adam({ stepSize: peer.stepSize });
  const { spec, learned, constants } = trainStep(traced, training.guide ?? {}, optimizer, 1);
  const random = new Random(6);
  const first = learned.map((parameter) => {
    const size = parameter.axes.reduce((product, axis) => product * axis.size, 1);
    return [learnedState(parameter), { initial: parameter.initial(size, () => random.uniform()) }] as const;
  });
  const memory = optimizer.init(Object.fromEntries(learned.map(({ name, axes }) => [name, axes])));
  return {
    spec,
    states: {
      ...Object.fromEntries(first),
      ...Object.fromEntries(Object.entries(memory).map(([name, state]) => [memoryState(name), state])),
      step: { initial: [0] },
    },
    inputs: [...traced.inputs, ...constants, ["seed", [1]], ["drawOffset", [0]], ["stepSize", [peer.stepSize]]],
  };
}

async function addPeers(
  problem: TrainProblem,
  { at, expected }: { readonly at: TrainCheckPoint; readonly expected: CheckResult },
  { peers }: RunOptions,
  contenders: Contender[],
  refused: Record<string, string>,
  onProgress: (text: string) => void,
): Promise<void> {
  const wanted = ["jax-js-webgpu", "jax-js-wasm", "jax-js-wasm-threads", "tfjs-webgpu"].filter((name) =>
    peers.includes(name),
  );
  for (const name of wanted) {
    onProgress(`${name}: checking`);
    try {
      const made = await makePeer(name, problem.peer);
      const wrong = disagreement(await made.check(at), expected);
      if (wrong === null) contenders.push({ ...made, name });
      else refused[name] = `disagrees: ${wrong}`;
    } catch (error) {
      refused[name] = `failed: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`;
    }
  }
}

async function makePeer(name: string, training: PeerTraining) {
  if (name === "tfjs-webgpu") return (await import("./peers/tfTraining.ts")).tfTraining(training);
  return (await import("./peers/jaxTraining.ts")).jaxTraining(training, name === "jax-js-webgpu" ? "webgpu" : "wasm");
}

function checkPoint({ few, peer }: TrainProblem): TrainCheckPoint {
  const shape = [few.rows.shape[0]!, peer.latents];
  return {
    parameters: peer.parameters,
    data: few.rows,
    noise: { values: new Random(7).normals(shape[0]! * shape[1]!), shape },
  };
}

/** The bound of a few entries and its gradient in everything learned, at these parameters with this noise. */
async function boundAt(problem: TrainProblem, at: TrainCheckPoint, backend: Backend): Promise<CheckResult> {
  const traced = problem.model.trace(problem.few.data);
  const noise = (axes: Value["axes"]): Value => input("noise", axes, "parameter");
  const shared = (): never => {
    throw new Error("no latent of this model is shared by all entries");
  };
  const { bound, learned } = guided(traced, problem.training.guide ?? {}, { own: noise, shared });
  const slopes = gradient(
    bound,
    learned.map(({ value }) => value),
  );
  const outputs = Object.fromEntries(learned.map(({ name }, i) => [name, slopes[i]!]));
  const program = await backend.compile({ name: "reference", outputs: { bound, ...outputs } });
  const write = (name: string, values: ArrayLike<number>): void => {
    if (program.hasInput(name)) program.write(name, values);
  };
  for (const [name, values] of traced.inputs) write(name, values);
  write("noise", at.noise.values);
  // A peer's weights go from rows to columns; ours lie as their axes were made.
  const turnedOf = ({ name, axes, value }: (typeof learned)[number]): boolean => {
    if (at.parameters[name] === undefined) throw new Error(`the peers have no "${name}"`);
    return axes.length === 2 && value.axes[0] !== axes[0];
  };
  for (const parameter of learned) {
    const { values, shape } = at.parameters[parameter.name]!;
    write(learnedState(parameter), turnedOf(parameter) ? transposed(values, shape[0]!, shape[1]!) : values);
  }
  await program.run();
  const found = await program.read(["bound", ...learned.map(({ name }) => name)]);
  program.dispose();
  return {
    elbo: found.bound![0]!,
    gradients: Object.fromEntries(
      learned.map((parameter) => {
        const [values, [rows, columns]] = [found[parameter.name]!, at.parameters[parameter.name]!.shape];
        return [parameter.name, turnedOf(parameter) ? transposed(values, columns!, rows!) : values];
      }),
    ),
  };
}

/** A row-major matrix, turned. */
const transposed = (values: ArrayLike<number>, rows: number, columns: number): Float64Array =>
  Float64Array.from({ length: values.length }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
