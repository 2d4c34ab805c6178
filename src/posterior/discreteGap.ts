/** What a q of discrete sites costs in nats: how far it is from what the continuous sites and the data say of them. */
import type { Estimate } from "./elbo.ts";
import type { Fitted } from "./fitted.ts";
import type { RunningMean } from "./moments.ts";

/** E_q(θ)[KL(q(z) ‖ p(z | x, θ))], in nats: what the bound would gain by summing z out at the same q(θ). */
export interface DiscreteGap extends Estimate {
  readonly sites: readonly string[];
  /** Copies of the sites that know nothing of each other given θ: the entries of a plate that all of them run over. */
  readonly copies: number;
}

/**
 * By Pinsker's inequality no event has a probability under q(z) that is further than √(KL/2) from the one under p(z | x, θ):
 * below this, none is off by more than 0.15, which is the 0.3 sd that a mean may be off where an event is as likely as not.
 */
export const GAP_LIMIT = 2 * 0.15 ** 2;

/**
 * k̂ looks at θ alone, with z summed out, and cannot see q(z). But where z can be summed out the difference of the two log joints
 * of a draw, log p(x, θ) − E_q(z)[log p(x, z, θ) − log q(z)], is that divergence exactly, and its mean is what q(z) costs.
 */
export function discreteGap({ guide }: Fitted, gap: RunningMean): DiscreteGap | null {
  const sites = (guide.discrete ?? []).map(({ site }) => site);
  if (sites.length === 0 || gap.count === 0) return null;
  const copiesOf = sites.map(({ axes, time }) =>
    axes.filter((axis) => axis !== time).reduce((count, axis) => count * axis.size, 1),
  );
  return {
    value: gap.value,
    standardError: gap.standardError,
    sites: sites.map(({ name }) => name),
    copies: Math.min(...copiesOf),
  };
}

/** A doubt where one copy's share is more than the limit by more than its own noise. */
export function aboutGap(gap: DiscreteGap | null): string[] {
  if (gap === null) return [];
  const { value, standardError, sites, copies } = gap;
  const noise = Number.isFinite(standardError) ? 3 * standardError : 0;
  if (!((value - noise) / copies > GAP_LIMIT)) return [];
  const names = sites.map((name) => `"${name}"`).join(", ");
  const each = copies === 1 ? "" : `, ${(value / copies).toFixed(2)} for each of ${copies} entries`;
  return [
    `q of the discrete ${names} costs ${value.toFixed(2)} nats${each}: it is no product over entries, and what depends on several of ` +
      `them together is not to be relied on; sum them out, sample("${sites[0]}", …, [plates], { enumerate: true })`,
  ];
}
