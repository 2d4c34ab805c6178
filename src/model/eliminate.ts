/** Discrete sites out of a log joint: summed out exactly, or averaged over a distribution that is given for them. */
import { hmmMarginal } from "../distributions/hmmMarginal.ts";
import { logOf } from "../distributions/logarithms.ts";
import { chainLogProb, laterSteps } from "../distributions/markovChain.ts";
import { gradient } from "../graph/autodiff.ts";
import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { add, constant, logSumExp, max, mul, sum } from "../graph/ops.ts";
import { at, rename } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { ModelError } from "./errors.ts";
import { describeAxes } from "./layout.ts";
import type { DiscreteSite } from "./sites.ts";

/** A function of some discrete sites' values, a log density, over the axes of their states and over plates. */
export interface Factor {
  readonly value: Value;
  readonly plates: readonly Axis[];
  readonly sites: readonly DiscreteSite[];
  /** Sites that it depends on and that are drawn: it is their function at the draw. */
  readonly drawn: readonly DiscreteSite[];
  /** The site whose prior this is, if it is one. */
  readonly prior?: DiscreteSite;
  /** Of the prior of a chain, whose value is P of the first state: P of the next one, along the primed axis. */
  readonly transition?: Value;
  /** Of the prior of a chain: zeros over its plates and states, to differentiate in. */
  readonly marker?: Value;
}

/** q of a discrete site, over its plates and the axis of its states. */
export interface DiscreteProbabilities {
  readonly probs: Value;
  readonly logProbs: Value;
  /** The positions drawn of it, integers over its plates and draw, where it is not averaged over. */
  readonly position?: Value;
}

export type DiscreteGuess = ReadonlyMap<string, DiscreteProbabilities>;

export interface Eliminated {
  /** log Σ_z exp Σ_f, and for the sites that q has, E_q[Σ_f − log q]. */
  readonly value: Value;
  /** By site: p(z | everything else) or q(z), over its plates and states. */
  readonly probabilities: ReadonlyMap<DiscreteSite, Value>;
  /** By site that is drawn: what of `value` depends on it, over its plates as far as its entries are apart in it. */
  readonly drawn: ReadonlyMap<DiscreteSite, Value>;
}

/** A density of zero, for a product with a probability that may be zero too. */
const IMPOSSIBLE = -1e30;

/**
 * Takes the discrete sites out of a sum of factors.
 *
 * A site that `q` has is averaged over, Σ_z q(z) f(z), and its entropy is added, unless it is drawn: its factors are then those
 * at the draw. q is a product over sites and plates. Any other is summed out: the factors that know it are added, all but its own plates summed, and the log-sum-exp along its states
 * is a factor of those sites that are left (variable elimination: D. Koller & N. Friedman, *Probabilistic graphical models*,
 * 2009, §9.3; over plates: F. Obermeyer et al., *Tensor variable elimination for plated factor graphs*, ICML 2019).
 * Sites with more plates go first, then those declared later.
 *
 * p(z = k | everything else) is the derivative of the result in the log prior of that value.
 */
export function eliminate(sites: readonly DiscreteSite[], given: readonly Factor[], q: DiscreteGuess): Eliminated {
  const factors = given.map((factor) => withoutChain(factor, q));
  const left = summedOut(sites, factors, q);
  const value = boundOf(sites, left, q);
  const probabilities = new Map<DiscreteSite, Value>();
  for (const site of sites) {
    const own = q.get(site.name);
    if (own !== undefined) probabilities.set(site, own.probs);
  }
  // Whole, each prior has an entry of its own for every draw.
  const states = sites.map((site) => site.states);
  const all = unionAxes(...factors.flatMap(({ value: own, transition }) => [own.axes, transition?.axes ?? []]));
  const named = [...states, ...states.map((axis) => axis.prime())];
  const draws = withoutAxes(all, [...factors.flatMap(({ plates }) => plates), ...named]);
  const whole = factors.map((factor): Factor => {
    const { prior } = factor;
    if (prior === undefined || q.has(prior.name)) return factor;
    const axes = [...prior.axes, prior.states, ...draws];
    return factor.transition === undefined
      ? { ...factor, value: expand(factor.value, axes) }
      : { ...factor, marker: expand(constant(0), axes) };
  });
  const priors = whole.filter(({ prior }) => prior !== undefined && !q.has(prior.name));
  const found =
    priors.length === 0
      ? []
      : gradient(
          boundOf(sites, summedOut(sites, whole, q), q),
          priors.map((factor) => factor.marker ?? factor.value),
        );
  for (const [i, factor] of priors.entries()) {
    const site = factor.prior!;
    // A prior that depends on other discrete sites has the joint probabilities.
    const others = (factor.marker ?? factor.value).axes.filter((axis) => axis !== site.states && states.includes(axis));
    probabilities.set(site, sum(found[i]!, others));
  }
  const drawn = new Map<DiscreteSite, Value>();
  for (const site of sites) {
    if (q.get(site.name)?.position === undefined) continue;
    const own = left.filter((factor) => factor.drawn.includes(site)).map((factor) => average(factor, q, site.axes));
    drawn.set(
      site,
      own.reduce((a, b) => add(a, b)),
    );
  }
  return { value, probabilities, drawn };
}

/** The factors that are left once the sites that q lacks are summed out. */
function summedOut(sites: readonly DiscreteSite[], factors: readonly Factor[], q: DiscreteGuess): Factor[] {
  let left = [...factors];
  const waiting = [...sites].reverse().filter(({ name }) => !q.has(name));
  waiting.sort((a, b) => b.axes.length - a.axes.length);
  while (waiting.length > 0) {
    const next = waiting.findIndex((site) => neighbours(site, left).every(({ axes }) => within(axes, site.axes)));
    if (next < 0) throw crossed(waiting[0]!, left);
    left = sumOut(waiting.splice(next, 1)[0]!, left);
  }
  return left;
}

/** The mean of factors of which q has every site, and its entropies. */
function boundOf(sites: readonly DiscreteSite[], left: readonly Factor[], q: DiscreteGuess): Value {
  const entropies = sites.flatMap((site) => {
    const own = q.get(site.name);
    if (own === undefined || own.position !== undefined) return [];
    return [sum(mul(own.probs, own.logProbs), [...site.axes, site.states]).neg()];
  });
  return [...left.map((factor) => average(factor, q)), ...entropies].reduce((a, b) => add(a, b), constant(0));
}

const within = (some: readonly Axis[], all: readonly Axis[]): boolean => withoutAxes(some, all).length === 0;

/** The other sites that share a factor with this one. */
const neighbours = (site: DiscreteSite, factors: readonly Factor[]): DiscreteSite[] =>
  [...new Set(factors.filter(({ sites }) => sites.includes(site)).flatMap(({ sites }) => sites))].filter(
    (other) => other !== site,
  );

function sumOut(site: DiscreteSite, factors: readonly Factor[]): Factor[] {
  const known = factors.filter(({ sites }) => sites.includes(site));
  if (site.time !== undefined) return sumOutChain(site, site.time, known, factors);
  const summed = known.map(({ value, plates }) => sum(value, withoutAxes(plates, site.axes)));
  const value = logSumExp(
    summed.reduce((a, b) => add(a, b)),
    [site.states],
  );
  const rest = factors.filter((factor) => !known.includes(factor));
  const drawn = [...new Set(known.flatMap((factor) => factor.drawn))];
  return [...rest, { value, plates: site.axes, sites: neighbours(site, factors), drawn }];
}

/** The forward recurrence (distributions/hmmMarginal.ts), with all else that knows the chain as its emissions. */
function sumOutChain(site: DiscreteSite, time: Axis, known: readonly Factor[], factors: readonly Factor[]): Factor[] {
  const prior = known.find((factor) => factor.prior === site)!;
  const plates = withoutAxes(site.axes, [time]);
  const others = neighbours(site, factors);
  const along = others.find(({ axes }) => axes.includes(time));
  if (along !== undefined) throw crossed(site, factors, along);
  const emissions = known
    .filter((factor) => factor !== prior)
    .map(({ value, plates: own }) => sum(value, withoutAxes(own, site.axes)));
  const logEmission = [...emissions, prior.marker ?? constant(0)].reduce((a, b) => add(a, b));
  const value = hmmMarginal(time, site.states, {
    initial: prior.value,
    transition: prior.transition!,
    logEmission: expand(logEmission, [time, site.states]),
  });
  const rest = factors.filter((factor) => !known.includes(factor));
  const drawn = [...new Set(known.flatMap((factor) => factor.drawn))];
  return [...rest, { value, plates, sites: others, drawn }];
}

/** The prior of a chain that q has: its mean, or its value at the draw. Any other factor as it is. */
function withoutChain(factor: Factor, q: DiscreteGuess): Factor {
  const { prior, transition, value: initial } = factor;
  const own = prior && q.get(prior.name);
  if (prior?.time === undefined || transition === undefined || own === undefined) return factor;
  const { time, states } = prior;
  const plates = withoutAxes(prior.axes, [time]);
  const sites = factor.sites.filter((site) => site !== prior);
  if (own.position !== undefined) {
    const value = chainLogProb({ time, state: states, initial, transition }, own.position);
    return { value, plates, sites, drawn: factor.drawn };
  }
  const first = sum(mul(max(logOf(initial), IMPOSSIBLE), at(own.probs, time, 0)), [states]);
  if (time.size === 1) return { value: first, plates, sites, drawn: factor.drawn };
  const { later, before, at: after } = laterSteps(time);
  const weight = mul(before(own.probs), rename(after(own.probs), states, states.prime()));
  const steps = sum(mul(max(after(logOf(transition)), IMPOSSIBLE), weight), [later, states, states.prime()]);
  return { value: first.add(steps), plates, sites, drawn: factor.drawn };
}

/** The mean of a factor under q, summed over its plates save those kept. */
function average({ value, plates, sites }: Factor, q: DiscreteGuess, keep: readonly Axis[] = []): Value {
  const over = withoutAxes(plates, keep);
  if (sites.length === 0) return sum(value, over);
  const weight = sites.map(({ name }) => q.get(name)!.probs).reduce((a, b) => mul(a, b));
  return sum(mul(max(value, IMPOSSIBLE), weight), [...over, ...sites.map(({ states }) => states)]);
}

function crossed(site: DiscreteSite, factors: readonly Factor[], along?: DiscreteSite): ModelError {
  const other = along ?? neighbours(site, factors).find(({ axes }) => !within(axes, site.axes))!;
  return new ModelError(
    "discrete-latent",
    site.name,
    `${site.name} (over ${describeAxes(site.axes)}) and ${other.name} (over ${describeAxes(other.axes)}) are discrete, meet in one ` +
      "term, and neither runs over the plates of the other: to sum out one takes all values of the other at once; write the sum " +
      "over the values of one of them as a factor",
  );
}
