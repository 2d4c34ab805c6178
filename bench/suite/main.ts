/** What the harness calls in a page or in Node: everything takes and returns plain data. */
import { openDevice } from "../../src/compile/openDevice.ts";
import { type BatchResult, runBatchRow } from "./batch.ts";
import { type Ceilings, measureCeilings } from "./ceilings.ts";
import { type ManyResult, runManyRow } from "./many.ts";
import { GROWTH, ROWS } from "./rows.ts";
import { type RunOptions, runStepRow, type StepResult, timeOurs } from "./run.ts";
import { runTrainRow } from "./train.ts";

export type RowResult =
  | ({ readonly kind: "step" } & StepResult)
  | ({ readonly kind: "batch" } & BatchResult)
  | ({ readonly kind: "many" } & ManyResult)
  | { readonly kind: "failed"; readonly name: string; readonly title: string; readonly reason: string };

export interface Suite {
  adapter(): Promise<{ readonly description: string; readonly isSoftware: boolean }>;
  rows(): readonly { readonly name: string; readonly title: string; readonly kind: string; readonly large: boolean }[];
  ceilings(quick: boolean): Promise<Ceilings>;
  row(name: string, options: RunOptions): Promise<RowResult>;
  growthNames(): readonly string[];
  growth(name: string, quick: boolean): Promise<GrowthResult>;
}

export interface GrowthResult {
  readonly name: string;
  readonly axis: string;
  readonly points: readonly { readonly size: number; readonly secondsPerStep: number }[];
  /** Least-squares slope of log time against log size over the upper half of the sizes. */
  readonly slope: number;
}

const progress = (text: string): void => {
  (globalThis as { benchProgress?: (text: string) => void }).benchProgress?.(text);
};

const suite: Suite = {
  async adapter() {
    const device = await openDevice({ kind: "gpu" });
    const found = { description: device.description, isSoftware: device.isSoftware };
    await device[Symbol.asyncDispose]();
    return found;
  },
  rows: () => ROWS.map((row) => ({ name: row.name, title: row.title, kind: row.kind, large: "large" in row })),
  ceilings: (quick) => measureCeilings(quick, progress),
  async row(name, options) {
    const row = ROWS.find((r) => r.name === name)!;
    try {
      if (row.kind === "batch") return { kind: "batch", ...(await runBatchRow(row, options.quick, progress)) };
      if (row.kind === "many") return { kind: "many", ...(await runManyRow(row, options.quick, progress)) };
      const run = row.kind === "train" ? runTrainRow(row, options, progress) : runStepRow(row, options, progress);
      return { kind: "step", ...(await run) };
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { kind: "failed", name, title: row.title, reason: reason.slice(0, 2000) };
    }
  },
  growthNames: () => Object.keys(GROWTH),
  async growth(name, quick) {
    const { axis, sizes, row } = GROWTH[name]!;
    const points: { size: number; secondsPerStep: number }[] = [];
    for (const size of sizes) {
      progress(`${axis} = ${size}`);
      points.push({ size, secondsPerStep: await timeOurs(row(size), quick, () => {}) });
    }
    return { name, axis, points, slope: slopeOf(points.slice(Math.floor(points.length / 2) - 1)) };
  },
};

function slopeOf(points: GrowthResult["points"]): number {
  const x = points.map(({ size }) => Math.log(size));
  const y = points.map(({ secondsPerStep }) => Math.log(secondsPerStep));
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  const sxy = x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i]! - my), 0);
  return sxy / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
}

(globalThis as { bench?: Suite }).bench = suite;
