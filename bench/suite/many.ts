/** Many fits: the steps of 1, 64 and 1,024 of them, and whole fits side by side against fits in turn. */
import { type Device, openDevice } from "../../src/compile/openDevice.ts";
import { fit, fitMany, fullRank, meanField } from "../../src/index.ts";
import { median, type Timing, timeInterleaved } from "./contender.ts";
import { type Ours, ours } from "./ours.ts";
import type { ManyRow } from "./rows.ts";
import { timingOptions } from "./run.ts";

export interface ManyResult {
  readonly name: string;
  readonly title: string;
  readonly fits: number;
  /** A step of all fits. */
  readonly ours: Timing;
  readonly dispatchesPerStep: number;
  readonly peakBytes: number;
  readonly flops: number;
  readonly bytes: number;
  /** The same for each number of fits. */
  readonly sizes: readonly { readonly fits: number; readonly secondsPerStep: number; readonly spread: number }[];
  /** From search to verdict, a fit. */
  readonly whole: {
    readonly fits: number;
    readonly secondsTogether: number;
    /** How many were timed, seeds spread over those of all, and the mean of them. */
    readonly inTurn: number;
    readonly secondsInTurn: number;
  };
}

export async function runManyRow(
  row: ManyRow,
  quick: boolean,
  onProgress: (text: string) => void,
): Promise<ManyResult> {
  const { model, data } = await row.model();
  const device = await openDevice({ kind: "gpu" });
  const contenders: Ours[] = [];
  try {
    for (const fits of row.sizes) {
      onProgress(`compiling ${fits} fits`);
      const trace = () => model.trace(data as never);
      contenders.push(await ours(`${fits} fits`, trace, row.guide, row.draws, device, fits === 1 ? undefined : fits));
    }
    verifyFirstSteps(contenders);
    const timings = await timeInterleaved(contenders, timingOptions(quick, onProgress));
    const { explanation } = contenders.at(-1)!;
    // On a software adapter the final evaluations of all would take minutes.
    const count = quick ? 16 : device.isSoftware ? 64 : row.sizes.at(-1)!;
    return {
      name: row.name,
      title: row.title,
      fits: row.sizes.at(-1)!,
      ours: timings.at(-1)!,
      dispatchesPerStep: explanation.dispatchesPerStep,
      peakBytes: explanation.peakBytes,
      flops: explanation.kernels.reduce((sum, { flops }) => sum + flops, 0),
      bytes: explanation.kernels.reduce((sum, { bytes }) => sum + bytes, 0),
      sizes: timings.map(({ secondsPerStep, spread }, i) => ({ fits: row.sizes[i]!, secondsPerStep, spread })),
      whole: await timeWhole(row, model, data, device, count, onProgress),
    };
  } finally {
    for (const contender of contenders) contender.dispose();
    await device[Symbol.asyncDispose]();
  }
}

/** Fits of the same seed must begin with the same bits, however many there are. */
function verifyFirstSteps(contenders: readonly Ours[]): void {
  const most = contenders.at(-1)!.firstElbos;
  for (const { name, firstElbos } of contenders) {
    firstElbos.forEach((elbo, fit) => {
      if (elbo !== most[fit]) throw new Error(`${name}: the first ELBO of fit ${fit} is ${elbo}, not ${most[fit]}`);
    });
  }
}

async function timeWhole(
  row: ManyRow,
  model: Parameters<typeof fitMany>[0],
  data: object,
  device: Device,
  fits: number,
  onProgress: (text: string) => void,
): Promise<ManyResult["whole"]> {
  const guide = row.guide === "mean-field" ? meanField() : fullRank();
  const together: number[] = [];
  const inTurn: number[] = [];
  const alone = async (seed: number): Promise<void> => {
    const began = performance.now();
    await using posterior = await fit(model, data as never, { device, guide, draws: row.draws, seed });
    inTurn.push((performance.now() - began) / 1000);
    onProgress(`fit in turn: ${posterior.verdict}`);
  };
  // Once before the clock runs: the kernels of a single fit are compiled once in a device's life.
  await alone(fits);
  inTurn.length = 0;
  for (let repetition = 0; repetition < 3; repetition++) {
    for (let k = 0; k < 4; k++) await alone(Math.floor(((4 * repetition + k) * fits) / 12));
    onProgress(`${fits} fits together: ${repetition + 1} of 3`);
    const began = performance.now();
    await using posteriors = await fitMany(model, data as never, { device, guide, draws: row.draws, fits });
    together.push((performance.now() - began) / 1000 / posteriors.length);
  }
  const mean = inTurn.reduce((sum, seconds) => sum + seconds, 0) / inTurn.length;
  return { fits, secondsTogether: median(together), inTurn: inTurn.length, secondsInTurn: mean };
}
