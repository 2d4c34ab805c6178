/** One fit of one posterior against its reference. */
import type { FitJson } from "../../src/posterior/export.ts";
import { deviations, type Guide } from "../results/compare.ts";

export interface Reference {
  readonly logEvidence: { readonly value: number; readonly standardError: number } | null;
  readonly parameters: Readonly<Record<string, { readonly mean: number; readonly sd: number }>>;
}

/** One row of `npm run posteriordb -- --json`. */
export interface PosteriorRow {
  readonly posterior: string;
  readonly guide: Guide;
  readonly seed: number;
  /** |mean − reference| in reference standard deviations, over parameters. */
  readonly maxMeanError: number;
  readonly rmsMeanError: number;
  /** sd over reference sd. */
  readonly minSdRatio: number;
  readonly maxSdRatio: number;
  readonly elbo: number;
  readonly evidence: {
    readonly value: number | null;
    readonly standardError: number | null;
    readonly reference: number | null;
  };
  readonly khat: number | null;
  readonly verdict: FitJson["verdict"];
  readonly steps: number;
  readonly seconds: number;
}

export function rowOf(posterior: string, guide: Guide, fit: FitJson, reference: Reference): PosteriorRow {
  // Entries that are constant, as those of a correlation matrix's diagonal, have no sd to compare.
  const parameters = Object.fromEntries(Object.entries(reference.parameters).filter(([, { sd }]) => sd > 0));
  const found = deviations(fit, { logEvidence: 0, parameters });
  const errors = found.map(({ mean }) => Math.abs(mean));
  const ratios = found.map(({ sdRatio }) => sdRatio);
  return {
    posterior,
    guide,
    seed: fit.seed,
    maxMeanError: Math.max(...errors),
    rmsMeanError: Math.sqrt(errors.reduce((sum, x) => sum + x * x, 0) / errors.length),
    minSdRatio: Math.min(...ratios),
    maxSdRatio: Math.max(...ratios),
    elbo: fit.elbo.value,
    evidence: {
      value: fit.evidence?.value ?? null,
      standardError: fit.evidence?.standardError ?? null,
      reference: reference.logEvidence?.value ?? null,
    },
    khat: fit.khat,
    verdict: fit.verdict,
    steps: fit.steps,
    seconds: fit.seconds.compile + fit.seconds.run,
  };
}
