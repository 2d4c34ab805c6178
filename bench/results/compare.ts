/** One fit against the reference answers of its example. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FitJson } from "../../src/posterior/export.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Reference {
  readonly logEvidence: number;
  readonly meanFieldElbo?: number;
  /** Under the names the example's own parameters have. */
  readonly parameters: Readonly<Record<string, { readonly mean: number; readonly sd: number }>>;
}

export const readReference = (example: string): Reference =>
  JSON.parse(readFileSync(`${root}/tests/reference/${example}.json`, "utf8")) as Reference;

export type Guide = "mean-field" | "full-rank";

/** One row of `npm run results -- --json`. */
export interface ResultRow {
  readonly posterior: string;
  readonly guide: Guide;
  readonly seed: number;
  /** |mean − reference| in reference standard deviations. */
  readonly maxMeanError: number;
  readonly rmsMeanError: number;
  readonly minSdRatio: number;
  readonly maxSdRatio: number;
  readonly rmsLog2Sd: number;
  readonly elbo: number;
  readonly elboStandardError: number;
  readonly evidence: {
    readonly value: number | null;
    readonly standardError: number | null;
    readonly reference: number;
  };
  readonly khat: number | null;
  readonly verdict: FitJson["verdict"];
  readonly stopped: FitJson["stopped"];
  readonly steps: number;
  readonly seconds: number;
  /** What the example must hold and does not, in words; empty where all is well. */
  readonly missed: readonly string[];
}

/** (mean − reference) / reference sd, and sd / reference sd, of every parameter the reference knows. */
export interface Deviation {
  readonly name: string;
  readonly mean: number;
  readonly sdRatio: number;
}

export function deviations(fit: FitJson, reference: Reference): Deviation[] {
  return Object.entries(reference.parameters).map(([name, expected]) => {
    const found = fit.parameters[name];
    if (found === undefined) throw new Error(`${fit.model}: the fit has no parameter "${name}" of the reference`);
    return {
      name,
      mean: (found.mean! - expected.mean) / expected.sd,
      sdRatio: found.sd! / expected.sd,
    };
  });
}

export function compare(
  example: string,
  guide: Guide,
  fit: FitJson,
  reference: Reference,
  missed: readonly string[],
): ResultRow {
  const found = deviations(fit, reference);
  const errors = found.map(({ mean }) => Math.abs(mean));
  const ratios = found.map(({ sdRatio }) => sdRatio);
  return {
    posterior: example,
    guide,
    seed: fit.seed,
    maxMeanError: Math.max(...errors),
    rmsMeanError: rms(errors),
    minSdRatio: Math.min(...ratios),
    maxSdRatio: Math.max(...ratios),
    rmsLog2Sd: rms(ratios.map(Math.log2)),
    elbo: fit.elbo.value,
    elboStandardError: fit.elbo.standardError,
    evidence: {
      value: fit.evidence?.value ?? null,
      standardError: fit.evidence?.standardError ?? null,
      reference: reference.logEvidence,
    },
    khat: fit.khat,
    verdict: fit.verdict,
    stopped: fit.stopped,
    steps: fit.steps,
    seconds: fit.seconds.compile + fit.seconds.run,
    missed,
  };
}

const rms = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}
