import { Axis } from "../graph/axis.ts";
import { castI32, gather, type Operand } from "../graph/ops.ts";
import { at, slice } from "../graph/reindex.ts";
import { asValue, type Value } from "../graph/value.ts";
import { type Distribution, DistributionError, hostVector, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { sampleCategorical } from "./sampling/multinomial.ts";

export interface MarkovChainOptions {
  /** P(z_0 = k), over the state axis. */
  readonly initial: Value;
  /** P(z_t = j | z_{t−1} = i), i along the state axis and j along its prime(); over time too, entry t leads to z_t. */
  readonly transition: Value;
}

/** What a chain consists of, for whoever sums over it. */
export interface ChainParts extends MarkovChainOptions {
  readonly time: Axis;
  readonly state: Axis;
}

const chains = new WeakMap<Distribution, ChainParts>();

/** The parts of a Markov chain; undefined for any other distribution. */
export const chainOf = (distribution: Distribution): ChainParts | undefined => chains.get(distribution);

/**
 * A Markov chain on the positions of `state`, one variate running along `time`.
 *
 * log P(z) = log π_{z_0} + Σ_{t≥1} log A_{z_{t−1}, z_t}
 *
 * As a latent it is summed out by the forward recurrence, a scan (see hmmMarginal), where the model says `{ enumerate: true }`.
 * Source: Rabiner (1989), "A tutorial on hidden Markov models", §II.
 *
 * @throws DistributionError where `initial` or `transition` lacks one of its axes.
 */
export function markovChain(time: Axis, state: Axis, given: MarkovChainOptions): Distribution {
  const to = state.prime();
  const needs = { initial: [state], transition: [state, to] } as const;
  for (const name of ["initial", "transition"] as const) {
    const missing = needs[name].find((axis) => !asValue(given[name]).hasAxis(axis));
    if (missing === undefined) continue;
    throw new DistributionError("markovChain", name, `${name} must run over "${missing.name}"`);
  }
  const { parameters, checks } = takeParameters("markovChain", {
    initial: [given.initial, "simplex", state],
    transition: [given.transition, "simplex", to],
  });
  const { initial, transition } = parameters;
  const distribution = makeDistribution({
    name: "markovChain",
    discrete: true,
    support: { kind: "integerInterval", lower: 0, upper: state.size - 1 },
    parameters,
    checks,
    eventAxes: [time],
    innerAxes: [state, to],
    logProb: (z) => chainLogProb({ time, state, initial, transition }, z),
    sample: (values, random) => {
      const first = hostVector(values, "initial", state.size);
      const given = values.transition as ArrayLike<number>;
      const size = state.size ** 2;
      const path = [sampleCategorical(first, random)];
      for (let t = 1; t < time.size; t++) {
        const from = (given.length > size ? t * size : 0) + path[t - 1]! * state.size;
        path.push(
          sampleCategorical(
            Array.from({ length: state.size }, (_, j) => given[from + j]!),
            random,
          ),
        );
      }
      return path;
    },
  });
  chains.set(distribution, { time, state, initial, transition });
  return distribution;
}

/** Along `time`, the steps that lead somewhere: the axis of z_1 … z_{T−1}, and values of it there. */
export function laterSteps(time: Axis): { later: Axis; before(x: Value): Value; at(x: Value): Value } {
  const later = new Axis(`${time.name}.later`, time.size - 1);
  const from = (start: number) => (x: Value) => (x.hasAxis(time) ? slice(x, time, later, start) : x);
  return { later, before: from(0), at: from(1) };
}

/** log P of a path, an integer along `time`. */
export function chainLogProb({ time, state, initial, transition }: ChainParts, z: Operand): Value {
  const path = castI32(asValue(z, "i32"));
  const start = gather(logOf(initial), state, at(path, time, 0));
  if (time.size === 1) return start;
  const { later, before, at: after } = laterSteps(time);
  const rows = gather(after(logOf(transition)), state, before(path));
  return start.add(gather(rows, state.prime(), after(path)).sum(later));
}
