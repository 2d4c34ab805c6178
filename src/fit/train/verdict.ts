/** Whether a training can be relied on, and the reasons in plain words. */
import type { Stopped } from "../../posterior/fitted.ts";
import type { Verdict } from "../../posterior/verdict.ts";
import type { TrainedBounds } from "./bounds.ts";
import type { TrainResult } from "./train.ts";

/** The share of entries whose k̂ may be too large. */
const UNCOVERED = 0.1;
/** The share of steps that may have been left out. */
const SKIPPED = 0.01;

export interface TrainVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

/**
 * "reliable": the bound stopped rising by the rule of `train`, hardly a step was left out, and q covers the posteriors of the
 * entries of `bounds`: k̂ is below its limit for nine of ten. "unreliable": it stopped rising, but not so. It says nothing about
 * learned parameters, which are points: what else the data would have allowed is not part of the bound.
 */
export function judgeTraining(result: TrainResult, bounds: TrainedBounds | null): TrainVerdict {
  const { stopped, reasons, steps, skipped } = result;
  const doubts: string[] = [];
  if (skipped > SKIPPED * steps) {
    doubts.push(`${skipped} of ${steps} steps were left out: their bound or a derivative of it was not finite`);
  }
  const khat = bounds?.khat ?? null;
  if (bounds !== null && khat !== null && khat.above > UNCOVERED * bounds.entries) {
    doubts.push(
      `Pareto k̂ is ${khat.limit.toFixed(2)} or above for ${khat.above} of ${bounds.entries} entries (median ` +
        `${khat.median.toFixed(2)}): q does not cover their posteriors, so that the importance-weighted bound may be far below ` +
        "log p(x); give the guide a larger network or more of the data to read, or evaluate by more draws",
    );
  }
  return { verdict: verdictOf(stopped, doubts), reasons: [...reasons, ...doubts] };
}

function verdictOf(stopped: Stopped, doubts: readonly string[]): Verdict {
  if (stopped === "failed" || stopped === "device-lost") return "failed";
  if (stopped !== "converged") return "not-converged";
  return doubts.length === 0 ? "reliable" : "unreliable";
}
