/** A posterior as the object of `elbow fit --json`. */
import type { Elbo, Estimate } from "./elbo.ts";
import type { Evidence } from "./evidence.ts";
import type { Fitted, Stopped } from "./fitted.ts";
import type { ObjectiveValue } from "./objective.ts";
import type { Summary, SummaryJson } from "./summary.ts";
import type { Verdict } from "./verdict.ts";

/** The object of `elbow fit --json`. Infinite and undefined numbers become null in JSON. */
export interface FitJson {
  readonly model: string;
  readonly device: { readonly kind: "gpu" | "cpu"; readonly description: string };
  readonly guide: string;
  readonly seed: number;
  readonly steps: number;
  readonly stopped: Stopped;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly elbo: {
    readonly value: number;
    readonly standardError: number;
    readonly forms: { readonly joint: number; readonly entropy: number | null; readonly kl: number | null };
  };
  /** What was maximised instead of the ELBO; null where that was the ELBO. */
  readonly objective: ObjectiveValue | null;
  /** standardError is null, and warning says why, where k̂ of the weights is not below 0.7. */
  readonly evidence: {
    readonly value: number;
    readonly standardError: number | null;
    readonly khat: number;
    readonly warning: string | null;
    /** The χ bound from above, null where the weights lack the moments it needs: upperReason says so. */
    readonly upper: Estimate | null;
    readonly upperReason: string | null;
  } | null;
  readonly khat: number;
  /** Non-finite draws met: in the optimisation and in the final evaluation. */
  readonly nonFinite: number;
  /** Compiling and running the fit, and the evaluation of its result. */
  readonly seconds: { readonly compile: number; readonly run: number; readonly check: number };
  readonly parameters: Readonly<Record<string, SummaryJson>>;
}

export function toJSON(
  fitted: Fitted,
  found: {
    readonly verdict: Verdict;
    readonly reasons: readonly string[];
    readonly elbo: Elbo;
    readonly objective: ObjectiveValue | null;
    readonly evidence: Evidence | null;
    readonly khat: number;
    readonly nonFinite: number;
    readonly summary: Summary;
    readonly checkSeconds: number;
  },
): FitJson {
  const { joint, entropy, kl } = found.elbo.forms;
  const { evidence } = found;
  return {
    model: fitted.model.name,
    device: { kind: fitted.backend.kind, description: fitted.backend.description },
    guide: fitted.guide.name,
    seed: fitted.seed,
    steps: fitted.steps,
    stopped: fitted.stopped,
    verdict: found.verdict,
    reasons: found.reasons,
    elbo: {
      value: found.elbo.value,
      standardError: found.elbo.standardError,
      forms: { joint: joint.value, entropy: entropy?.value ?? null, kl: kl?.value ?? null },
    },
    objective: found.objective,
    evidence: evidence && {
      value: evidence.value,
      standardError: evidence.standardError,
      khat: evidence.khat,
      warning: evidence.warning,
      upper: evidence.upper,
      upperReason: evidence.upperReason,
    },
    khat: found.khat,
    nonFinite: found.nonFinite,
    seconds: { ...fitted.seconds, check: found.checkSeconds },
    parameters: found.summary.toJSON(),
  };
}
