/** What the fits must hold. */
import type { PosteriorRow } from "./row.ts";

/** Regressions and the like: a full-rank Gaussian is as good as exact. */
const REGRESSIONS = new Set([
  "GLM_Binomial_data-GLM_Binomial_model",
  "arK-arK",
  "diamonds-diamonds",
  "earnings-logearn_height_male",
  "kidiq-kidscore_momiq",
  "mesquite-logmesquite_logvash",
  "nes2000-nes",
  "sblrc-blr",
  "wells_data-wells_dist",
]);
/** No Gaussian follows it; the verdict has to say so. */
const BEYOND_GAUSSIANS = new Set(["eight_schools-eight_schools_centered"]);

const nameOf = ({ posterior, guide, seed }: PosteriorRow): string => `${posterior}, ${guide}, seed ${seed}`;

/** Statements that do not hold, in words. */
export function missed(rows: readonly PosteriorRow[]): string[] {
  const found: string[] = [];
  for (const row of rows) {
    const { posterior, guide, maxMeanError, minSdRatio, maxSdRatio, verdict, evidence, khat } = row;
    if (REGRESSIONS.has(posterior) && guide === "full-rank") {
      if (maxMeanError > 0.1) found.push(`${nameOf(row)}: a mean is ${maxMeanError.toFixed(3)} sd off, more than 0.1`);
      if (minSdRatio < 0.9 || maxSdRatio > 1.1) {
        found.push(`${nameOf(row)}: sd ratios ${minSdRatio.toFixed(3)}–${maxSdRatio.toFixed(3)}, more than 10% off`);
      }
    }
    const isWrong = maxMeanError > 0.5 || minSdRatio < 0.5 || maxSdRatio > 2;
    if (isWrong && verdict === "reliable") {
      const figures = `mean ${maxMeanError.toFixed(2)} sd off, sds ${minSdRatio.toFixed(2)}–${maxSdRatio.toFixed(2)}`;
      found.push(`${nameOf(row)}: called reliable with ${figures}`);
    }
    if (evidence.value !== null && evidence.reference !== null && khat !== null && khat < 0.5) {
      const off = Math.abs(evidence.value - evidence.reference);
      const allowed = Math.max(4 * (evidence.standardError ?? 0), 0.05);
      if (off > allowed) found.push(`${nameOf(row)}: evidence ${off.toFixed(3)} off, more than ${allowed.toFixed(3)}`);
    }
  }
  return [...found, ...betterGuide(rows)];
}

/** Hierarchical models, mixtures, recurrences: the better of the two guides comes close, with every seed. */
function betterGuide(rows: readonly PosteriorRow[]): string[] {
  const others = rows.filter(({ posterior }) => !REGRESSIONS.has(posterior) && !BEYOND_GAUSSIANS.has(posterior));
  return [...new Set(others.map(({ posterior }) => posterior))].flatMap((posterior) => {
    const own = others.filter((row) => row.posterior === posterior);
    const worst = [...new Set(own.map(({ guide }) => guide))].map((guide) =>
      Math.max(...own.filter((row) => row.guide === guide).map((row) => row.rmsMeanError)),
    );
    const best = Math.min(...worst);
    return best <= 0.15
      ? []
      : [`${posterior}: rms mean error ${best.toFixed(3)} sd with the better guide, more than 0.15`];
  });
}
