/** One row: everybody checked, then timed in turn. */
import { type Device, openDevice } from "../../src/compile/openDevice.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { verifiedYardstick } from "../yardsticks/index.ts";
import { checkPoint, disagreement, referenceAt, sameElbo } from "./check.ts";
import { type Contender, type Timing, type TimingOptions, timeInterleaved } from "./contender.ts";
import { type Ours, ours } from "./ours.ts";
import type { CheckPoint, CheckResult } from "./peers/peer.ts";
import type { Problem, StepRow } from "./rows.ts";

export interface RunOptions {
  readonly quick: boolean;
  readonly peers: readonly string[];
}

export interface StepResult {
  readonly name: string;
  readonly title: string;
  readonly ours: Timing;
  readonly dispatchesPerStep: number;
  readonly stepsPerDispatch: number;
  readonly peakBytes: number;
  readonly flops: number;
  readonly bytes: number;
  readonly kernels: readonly {
    readonly name: string;
    readonly regime: string;
    readonly workgroups: number;
    readonly flops: number;
  }[];
  readonly peers: readonly Timing[];
  /** Who could not run, or did not agree, and why. */
  readonly refused: Readonly<Record<string, string>>;
}

type Checked = Contender & { check(at: CheckPoint): Promise<CheckResult> };

export const timingOptions = (quick: boolean, onProgress: (text: string) => void): TimingOptions => ({
  repetitions: 7,
  targetSeconds: quick ? 0.1 : 0.4,
  slowSeconds: quick ? 0.5 : 1.5,
  hopelessSeconds: quick ? 2 : 8,
  onProgress,
});

export async function runStepRow(
  row: StepRow,
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
    const own = await ours("elbow", problem.trace, row.guide, row.draws, device);
    contenders.push(own);
    await addReference(row, problem, own, options, contenders, refused, onProgress);
    await addPeers(row, problem, options, contenders, refused, onProgress);
    await addYardstick(row, problem, own, options, contenders, refused, onProgress);
    const [timing, ...peers] = await timeInterleaved(contenders, timingOptions(options.quick, onProgress));
    return { ...describe(row, own), ours: timing!, peers, refused };
  } finally {
    for (const contender of contenders) contender.dispose();
    await disposed(device);
  }
}

/** Ours alone, for growth. */
export async function timeOurs(row: StepRow, quick: boolean, onProgress: (text: string) => void): Promise<number> {
  const problem = await row.problem();
  const device = await openDevice({ kind: "gpu" });
  const own = await ours("elbow", problem.trace, row.guide, row.draws, device, row.fits);
  try {
    const [timing] = await timeInterleaved([own], {
      ...timingOptions(quick, onProgress),
      targetSeconds: quick ? 0.05 : 0.15,
    });
    return timing!.secondsPerStep;
  } finally {
    own.dispose();
    await disposed(device);
  }
}

/** Of ours, as it was planned. */
export function describe(
  row: Pick<StepRow, "name" | "title">,
  own: Ours,
): Omit<StepResult, "ours" | "peers" | "refused"> {
  const { explanation } = own;
  return {
    name: row.name,
    title: row.title,
    dispatchesPerStep: explanation.dispatchesPerStep,
    stepsPerDispatch: explanation.stepsPerDispatch,
    peakBytes: explanation.peakBytes,
    flops: explanation.kernels.reduce((sum, { flops }) => sum + flops, 0),
    bytes: explanation.kernels.reduce((sum, { bytes }) => sum + bytes, 0),
    kernels: explanation.kernels.map(({ name, regime, workgroups, flops }) => ({ name, regime, workgroups, flops })),
  };
}

/** The same program in float64. Its first step must give our first step's ELBO: the draws are the same. */
async function addReference(
  row: StepRow,
  problem: Problem,
  own: Ours,
  { peers }: RunOptions,
  contenders: Contender[],
  refused: Record<string, string>,
  onProgress: (text: string) => void,
): Promise<void> {
  if (!peers.includes("cpu-reference")) return;
  if (row.large) {
    refused["cpu-reference"] = "too large for the interpreter";
    return;
  }
  onProgress("cpu-reference: checking");
  const reference = await ours("cpu-reference", problem.trace, row.guide, row.draws, cpuBackend());
  const wrong = sameElbo(own.firstElbo, reference.firstElbo);
  if (wrong !== null) throw new Error(`${row.name}: Elbow disagrees with its float64 reference: ${wrong}`);
  if (reference.firstSeconds - reference.compileSeconds > 20) {
    refused["cpu-reference"] = "a step takes more than 20 s";
    reference.dispose();
    return;
  }
  contenders.push(reference);
}

async function addPeers(
  row: StepRow,
  { trace, peer }: Problem,
  { peers }: RunOptions,
  contenders: Contender[],
  refused: Record<string, string>,
  onProgress: (text: string) => void,
): Promise<void> {
  const traced = trace();
  const at = checkPoint(traced.coordinate.size, row.guide);
  const wanted = ["jax-js-webgpu", "jax-js-wasm", "jax-js-wasm-threads", "tfjs-webgpu"].filter((name) =>
    peers.includes(name),
  );
  if (wanted.length === 0) return;
  const expected = await referenceAt(traced, at);
  for (const name of wanted) {
    onProgress(`${name}: checking`);
    try {
      const made = await makePeer(name, row, peer);
      const wrong = disagreement(await made.check(at), expected);
      if (wrong === null) contenders.push(made);
      else refused[name] = `disagrees: ${wrong}`;
    } catch (error) {
      refused[name] = `failed: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`;
    }
  }
}

async function makePeer(name: string, row: StepRow, model: Problem["peer"]): Promise<Checked> {
  if (name === "tfjs-webgpu") return (await import("./peers/tf.ts")).tfPeer(model, row.guide, row.draws);
  const { jaxPeer } = await import("./peers/jax.ts");
  const device = name === "jax-js-webgpu" ? "webgpu" : "wasm";
  return { ...(await jaxPeer(model, row.guide, row.draws, device)), name };
}

async function addYardstick(
  row: StepRow,
  problem: Problem,
  own: Ours,
  { peers }: RunOptions,
  contenders: Contender[],
  refused: Record<string, string>,
  onProgress: (text: string) => void,
): Promise<void> {
  if (problem.yardstick === undefined || !peers.includes("yardstick")) return;
  onProgress("yardstick: checking");
  try {
    contenders.push(await verifiedYardstick(problem.yardstick, row.draws, own));
  } catch (error) {
    refused.yardstick = error instanceof Error ? error.message : String(error);
  }
}

async function disposed(device: Device): Promise<void> {
  await device[Symbol.asyncDispose]();
}
