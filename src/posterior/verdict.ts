/** Whether a fit can be relied on, and the reasons in plain words. */

import { aboutGap, type DiscreteGap } from "./discreteGap.ts";
import { KHAT_LIMIT } from "./evidence.ts";
import type { Stopped } from "./fitted.ts";
import type { Moments } from "./moments.ts";
import type { ObjectiveFindings } from "./objective.ts";

export type Verdict = "reliable" | "unreliable" | "not-converged" | "failed";

/** An importance-reweighted mean may differ from q's by this many of q's standard deviations. */
export const MEAN_LIMIT = 0.3;
/** An importance-reweighted sd may differ from q's by this factor, either way. */
export const SD_LIMIT = 1.5;
/** Fewer effective draws than these say nothing about a moment, not even its standard error. */
const FEWEST_EFFECTIVE = 50;
/** How many parameters are named in a reason. */
const NAMED = 3;

export interface ScalarMoments extends Moments {
  readonly name: string;
  readonly latent: boolean;
  /** Whether it is the probability of a discrete value, whose own sd is then that of the event: √(p(1 − p)). */
  readonly probability?: boolean;
}

/** What the verdict is made of. */
export interface Findings {
  readonly stopped: Stopped;
  /** Why the fit stopped, in the words of the fit. */
  readonly reasons: readonly string[];
  readonly guide: string;
  /** Median k̂ of the batches. */
  readonly khat: number;
  readonly batches: number;
  readonly drawsPerBatch: number;
  readonly moments: readonly ScalarMoments[];
  /** Effective sample size of the weights that the reweighted moments come from. */
  readonly ess: number;
  /** Draws of the final evaluation whose log weight was NaN, by site. */
  readonly nan: { readonly draws: number; readonly total: number; readonly bySite: Readonly<Record<string, number>> };
  /** Draws of the final evaluation with log joint −∞. */
  readonly impossible: number;
  /** What was maximised, where that was not the ELBO, and what a step's estimate of it rested on. */
  readonly objective?: ObjectiveFindings | null;
  /** What the q of discrete sites costs, where the guide has one. */
  readonly discrete?: DiscreteGap | null;
}

/**
 * "reliable": converged, and median k̂ < 0.7, and no reweighted mean off by more than 0.3 sd nor sd by more than 1.5×,
 * and no NaN in the final evaluation, and a q of discrete sites close to their conditional. "unreliable": converged, but not so. No such check can see a mode that was never
 * visited. Deterministic values, which may have no variance, bar the verdict only where the difference exceeds three
 * of its own standard errors.
 */
export function judge(findings: Findings): { verdict: Verdict; reasons: string[] } {
  const { stopped, nan } = findings;
  const doubts = doubtsOf(findings);
  const unusable = nan.total > 0 && nan.draws === nan.total;
  if (unusable || stopped === "failed" || stopped === "device-lost") {
    return { verdict: "failed", reasons: [...ending(findings), ...doubts] };
  }
  if (stopped !== "converged") return { verdict: "not-converged", reasons: [...ending(findings), ...doubts] };
  return { verdict: doubts.length === 0 ? "reliable" : "unreliable", reasons: [...doubts, ...notes(findings)] };
}

function ending({ stopped, reasons }: Findings): string[] {
  if (reasons.length > 0) return [...reasons];
  switch (stopped) {
    case "max-steps":
      return ["the optimizer reached the limit of steps before it converged; give it more steps"];
    case "cancelled":
      return ["the fit was cancelled before it converged; it can be resumed"];
    case "device-lost":
      return ["the device was lost; this is the last state that came home"];
    case "failed":
      return ["the optimizer could not go on; this is the last good state"];
    case "converged":
      return [];
  }
}

function doubtsOf(findings: Findings): string[] {
  const { khat, nan } = findings;
  const doubts: string[] = [];
  if (nan.draws > 0) doubts.push(aboutNaN(nan));
  const trusted = khat < KHAT_LIMIT;
  if (!trusted) doubts.push(aboutKhat(findings));
  doubts.push(...aboutObjective(findings.objective ?? null));
  const telling = trusted || findings.ess >= FEWEST_EFFECTIVE;
  const differences = telling ? aboutMoments(findings, trusted) : [];
  doubts.push(...differences);
  if (!trusted || differences.length > 0) doubts.push(remedy(findings));
  doubts.push(...aboutGap(findings.discrete ?? null));
  return doubts;
}

/** Weights that cannot be trusted, or a value that may have no variance, accuse only well beyond their own noise. */
function aboutMoments({ moments }: Findings, trusted: boolean): string[] {
  const varying = moments.filter(({ mean, sd, probability }) => probability || sd > 1e-7 * Math.abs(mean));
  const strict = (m: ScalarMoments): boolean => trusted && m.latent;
  const spread = (m: ScalarMoments): number =>
    m.probability ? Math.sqrt(Math.max(m.mean * (1 - m.mean), 1e-6)) : m.sd;
  const means = varying
    .map((m) => ({ name: m.name, shift: (m.weightedMean - m.mean) / spread(m), m }))
    .filter(
      ({ shift, m }) => Math.abs(shift) > MEAN_LIMIT && (strict(m) || Math.abs(shift) * spread(m) > 3 * m.meanError),
    )
    .sort((a, b) => Math.abs(b.shift) - Math.abs(a.shift))
    .map(({ name, shift }) => `${name} (${shift > 0 ? "+" : "−"}${Math.abs(shift).toFixed(2)} sd)`);
  const sds = varying
    .filter(({ probability }) => !probability)
    .map((m) => ({ name: m.name, ratio: m.weightedSd / m.sd, m }))
    .filter(({ ratio, m }) => {
      const beyond = ratio > SD_LIMIT || ratio < 1 / SD_LIMIT;
      return beyond && (strict(m) || Math.abs(m.weightedSd - m.sd) > 3 * m.sdError);
    })
    .sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))
    .map(({ name, ratio }) => `${name} (${ratio.toFixed(2)}×)`);
  const by = "by importance weights,";
  const about: string[] = [];
  if (means.length > 0) {
    about.push(`the posterior's mean, ${by} is over ${MEAN_LIMIT} sd from the guide's for ${list(means)}`);
  }
  if (sds.length > 0) {
    about.push(`the posterior's sd, ${by} is over ${SD_LIMIT}× from the guide's for ${list(sds)}`);
  }
  return about;
}

function aboutNaN({ draws, total, bySite }: Findings["nan"]): string {
  const sites = Object.entries(bySite)
    .sort(([, a], [, b]) => b - a)
    .map(([site]) => site);
  const where = sites.length > 0 ? ` at ${list(sites)}` : "";
  return (
    `${draws} of ${total} draws of the final evaluation gave NaN${where}: a parameter leaves its domain there; ` +
    "bound it, or rescale the data so that exp() does not overflow"
  );
}

function aboutKhat({ khat, batches, drawsPerBatch }: Findings): string {
  const of = batches === 1 ? `${drawsPerBatch} draws` : `${batches} batches of ${drawsPerBatch} draws (median)`;
  return (
    `Pareto k̂ is ${Number.isFinite(khat) ? khat.toFixed(2) : "∞"} over ${of}, not below ${KHAT_LIMIT}: the guide does ` +
    `not cover the posterior`
  );
}

/** Self-normalised weights of few effective draws follow the largest of them, and q shrinks towards it. */
function aboutObjective(objective: ObjectiveFindings | null): string[] {
  if (objective === null || !objective.pooled || objective.effectiveDraws >= FEWEST_EFFECTIVE) return [];
  const { value, effectiveDraws } = objective;
  return [
    `the steps' estimates of the objective (${value.name}) rest on about ${effectiveDraws.toFixed(0)} effective draws: ` +
      `they are biased towards a q that is too narrow; take more draws, a richer guide, or the objective elbo() or iwae()`,
  ];
}

function notes({ impossible, objective }: Findings): string[] {
  const found: string[] = [];
  if (impossible > 0) {
    found.push(
      `${impossible} draws have log density −∞ (weight zero): strictly the bound is −∞ there; the ELBO shown leaves them out`,
    );
  }
  const { name, reason } = objective?.value ?? { name: "", reason: null };
  if (reason !== null) found.push(`no value of the objective (${name}) is given: ${reason}`);
  return found;
}

/** Guides of one mode whose shape is known. */
const GAUSSIAN: readonly string[] = ["mean-field", "full-rank", "low-rank"];

function remedy({ guide, moments }: Findings): string {
  const several = moments.filter(({ latent }) => latent).length > 1;
  const reparametrise = "reparametrise the model (a non-centred form, where a scale is inferred)";
  if (guide === "mean-field" && several) return `try the full-rank guide, or ${reparametrise}`;
  const flow = guide === "full-rank" && several ? ", or try a flow, couplingFlow(), which bends" : "";
  const modes = GAUSSIAN.includes(guide) ? "; where there may be several modes, try mixtureGuide()" : "";
  return `${reparametrise}, or transform skewed parameters${flow}${modes}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}
