/** What is known of a fit, as an object and as lines for a terminal. */
import type { Evaluation } from "./check.ts";
import type { DiscreteGap } from "./discreteGap.ts";
import type { Elbo } from "./elbo.ts";
import type { Evidence } from "./evidence.ts";
import type { Fitted, Stopped } from "./fitted.ts";
import type { ObjectiveValue } from "./objective.ts";
import { type Summary, widthOf } from "./summary.ts";
import type { ScalarMoments, Verdict } from "./verdict.ts";

export interface DiagnosisFields {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly stopped: Stopped;
  readonly steps: number;
  readonly device: { readonly kind: "gpu" | "cpu"; readonly description: string };
  readonly guide: string;
  readonly elbo: Elbo;
  /** What was maximised instead of the ELBO, or null. */
  readonly objective: ObjectiveValue | null;
  readonly evidence: Evidence | null;
  /** What the q of discrete sites costs: E_q KL(q(z) ‖ p(z | x, θ)). Null where the guide has no such q. */
  readonly discrete: DiscreteGap | null;
  /** Median k̂ of the batches, and each. */
  readonly khat: number;
  readonly khats: readonly number[];
  /** Effective sample size of the importance weights, of this many draws. */
  readonly ess: number;
  readonly draws: number;
  readonly nonFinite: {
    /** While optimising. */
    readonly fit: number;
    /** In the final evaluation: NaN, and log density −∞ (weight zero). */
    readonly nan: number;
    readonly impossible: number;
    readonly bySite: Readonly<Record<string, number>>;
  };
  /** q's and the importance-reweighted moments of every scalar. */
  readonly moments: readonly ScalarMoments[];
  /** Compiling and running the fit, and the evaluation of its result. */
  readonly seconds: { readonly compile: number; readonly run: number; readonly check: number };
}

/** A diagnosis; as a string, a few lines for a terminal. */
export type Diagnosis = DiagnosisFields & { toString(): string };

/** What the final evaluation of a fit found. */
export interface Checked {
  readonly evaluation: Evaluation;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly summary: Summary;
  readonly checkSeconds: number;
}

export function diagnosisOf(result: Fitted, checked: Checked, evidence: Evidence | null): Diagnosis {
  const { evaluation, verdict, reasons, checkSeconds } = checked;
  const { elbo, objective, discrete, khat, khats, ess, draws, nan, impossible, nanBySite, moments } = evaluation;
  const { stopped, steps, backend, guide, nonFinite, seconds } = result;
  const bySite = mergeCounts(nonFinite.bySite, nanBySite);
  const fields: DiagnosisFields = {
    verdict,
    reasons,
    stopped,
    steps,
    device: { kind: backend.kind, description: backend.description },
    guide: guide.name,
    elbo,
    objective,
    evidence,
    discrete,
    khat,
    khats,
    ess,
    draws,
    nonFinite: { fit: nonFinite.total, nan, impossible, bySite },
    moments,
    seconds: { ...seconds, check: checkSeconds },
  };
  return Object.defineProperty({ ...fields }, "toString", { value: () => describe(fields) });
}

function describe(found: DiagnosisFields): string {
  const rows: [string, string][] = [["verdict", found.verdict]];
  rows.push(["stopped", `${found.stopped} after ${found.steps} steps`]);
  rows.push(["ELBO", plusMinus(found.elbo.value, found.elbo.standardError)]);
  const { entropy, kl } = found.elbo.forms;
  if (entropy) rows.push(["  entropy form", plusMinus(entropy.value, entropy.standardError)]);
  if (kl) rows.push(["  KL form", plusMinus(kl.value, kl.standardError)]);
  if (found.objective !== null) {
    const { name, value, standardError } = found.objective;
    rows.push([name, value === null ? "unknown" : plusMinus(value, standardError)]);
  }
  if (found.evidence) {
    const { value, standardError, khat, divergence, upper } = found.evidence;
    rows.push(["log evidence", `${plusMinus(value, standardError)} (k̂ ${shape(khat)})`]);
    if (upper !== null) rows.push(["  upper bound", plusMinus(upper.value, upper.standardError)]);
    rows.push(["KL(q ‖ posterior)", plusMinus(divergence.value, divergence.standardError)]);
  }
  if (found.discrete !== null) {
    const { value, standardError } = found.discrete;
    rows.push(["KL of discrete q", plusMinus(value, standardError)]);
  }
  rows.push(["Pareto k̂", `${shape(found.khat)} (${found.khats.map(shape).join(", ")})`]);
  rows.push(["effective draws", `${Math.round(found.ess)} of ${found.draws}`]);
  const { fit, nan, impossible } = found.nonFinite;
  if (fit + nan + impossible > 0) {
    rows.push(["non-finite draws", `${fit} while fitting, ${nan} NaN and ${impossible} −∞ at the end`]);
  }
  rows.push(["device", `${found.device.kind}: ${found.device.description}`]);
  rows.push([
    "seconds",
    `${found.seconds.compile.toFixed(2)} compiling, ${found.seconds.run.toFixed(2)} running, ${found.seconds.check.toFixed(2)} checking`,
  ]);
  const width = Math.max(...rows.map(([label]) => widthOf(label)));
  const lines = rows.map(([label, text]) => `${label}${" ".repeat(Math.max(0, width - widthOf(label)))}  ${text}`);
  return [...lines, ...found.reasons.map((reason) => `- ${reason}`)].join("\n");
}

function plusMinus(value: number, error: number | null): string {
  const digits =
    error !== null && error > 0 && Number.isFinite(error) ? Math.max(2, 1 - Math.floor(Math.log10(error))) : 3;
  const shown = Math.min(digits, 8);
  return `${value.toFixed(shown)} ± ${error === null ? "unknown" : error.toFixed(shown)}`;
}

const shape = (khat: number): string => (Number.isFinite(khat) ? khat.toFixed(2) : "∞");

/** Counts by site, added up. */
function mergeCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const merged: Record<string, number> = { ...a };
  for (const [site, count] of Object.entries(b)) merged[site] = (merged[site] ?? 0) + count;
  return merged;
}
