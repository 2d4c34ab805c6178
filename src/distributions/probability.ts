/** A probability given as itself or by its logit, shared by the Bernoulli and binomial families. */
import { gt, lt, type Operand, select, sigmoid, softplus, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, DistributionError, type HostParameters, hostNumber } from "./distribution.ts";
import { logOf, logOneMinus } from "./logarithms.ts";

/** Exactly one of the two. */
export type ProbabilityOrLogits =
  | { readonly probs: Operand; readonly logits?: undefined }
  | { readonly logits: Operand; readonly probs?: undefined };

export function givenForm(family: string, given: ProbabilityOrLogits): "probs" | "logits" {
  const forms = (["probs", "logits"] as const).filter((form) => given?.[form] !== undefined);
  if (forms.length !== 1) {
    const got = forms.length === 2 ? "both" : "neither";
    throw new DistributionError(family, undefined, `give exactly one of { probs } and { logits }, got ${got}`);
  }
  return forms[0]!;
}

export const probabilityOf = ({ parameters }: Distribution): Value => parameters.probs ?? sigmoid(parameters.logits!);

export const hostProbability = (given: HostParameters, form: "probs" | "logits"): number => {
  const value = hostNumber(given, form);
  return form === "probs" ? value : 1 / (1 + Math.exp(-value));
};

/** log p and log(1 − p). */
export const logProbabilities = ({ parameters }: Pick<Distribution, "parameters">): [Value, Value] => {
  const { probs, logits } = parameters;
  if (probs !== undefined) return [logOf(probs), logOneMinus(probs)];
  return [softplus(logits!.neg()).neg(), softplus(logits!).neg()];
};

/** −p log p − (1 − p) log(1 − p), zero at the ends. */
export function bernoulliEntropy(parameters: Readonly<Record<string, Value>>): Value {
  const { probs, logits } = parameters;
  if (logits !== undefined) return softplus(logits).sub(logits.mul(sigmoid(logits)));
  const p = probs!;
  const inside = select(gt(p, 0), lt(p, 1), gt(p, 1));
  const safe = select(inside, p, 0.5);
  const q = sub(1, safe);
  return select(
    inside,
    safe
      .mul(logOf(safe))
      .add(q.mul(logOneMinus(safe)))
      .neg(),
    0,
  );
}
