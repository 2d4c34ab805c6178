/** Series along an axis, each entry given those before it. */
import type { Axis } from "../graph/axis.ts";
import { castF32, ge, iota, mul, type Operand, select, sub, sum } from "../graph/ops.ts";
import { shift } from "../graph/reindex.ts";
import { asValue, type Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  type HostRandom,
  hostNumber,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { normalLogDensity } from "./normal.ts";

export interface GaussianRandomWalkOptions {
  /** The sd of a step. */
  readonly scale: Operand;
  /** What a step adds on average. Default 0. */
  readonly drift?: Operand;
  /** The first entry's distribution: a scalar family on the reals. */
  readonly initial: Distribution;
}

/**
 * A Gaussian random walk along `axis`: x_0 ~ initial, x_t ~ normal(x_{t−1} + drift, scale).
 *
 * @throws DistributionError where `initial` is not a scalar family on the reals.
 */
export function gaussianRandomWalk(axis: Axis, { scale, drift = 0, initial }: GaussianRandomWalkOptions): Distribution {
  return autoregression("gaussianRandomWalk", axis, { scale, constant: drift, coefficients: [1], initial });
}

export interface AutoregressiveOptions {
  /** Of the entry one step back, two steps back, … */
  readonly coefficients: readonly Operand[];
  readonly scale: Operand;
  /** Default 0. */
  readonly constant?: Operand;
  /** The distribution of each of the first entries, as many as there are coefficients: a scalar family on the reals. */
  readonly initial: Distribution;
}

/**
 * An autoregression along `axis`: x_t ~ normal(constant + Σ_k coefficients_k x_{t−k}, scale), its first entries from
 * `initial`. Source: Stan User's Guide, "Autoregressive models"; PyMC's AR.
 *
 * @throws DistributionError for no coefficients, more than the axis has entries, or an `initial` that is not a scalar
 *   family on the reals.
 */
export const ar = (axis: Axis, options: AutoregressiveOptions): Distribution => autoregression("ar", axis, options);

function autoregression(name: string, axis: Axis, options: AutoregressiveOptions): Distribution {
  const { coefficients, initial } = options;
  const order = coefficients.length;
  if (order === 0 || order >= axis.size)
    throw new DistributionError(
      name,
      "coefficients",
      `${order} coefficients do not fit the ${axis.size} entries of "${axis.name}"`,
    );
  if (initial.discrete || initial.eventAxes.length > 0 || initial.support.kind !== "real")
    throw new DistributionError(
      name,
      "initial",
      `the first entries must be from a scalar family on the reals, not ${initial.name}`,
    );
  const named = Object.fromEntries(coefficients.map((value, k) => [`coefficient${k + 1}`, [value, "finite"] as const]));
  const { parameters, checks } = takeParameters(name, {
    scale: [options.scale, "positive"],
    constant: [options.constant ?? 0, "finite"],
  });
  const lags: { readonly parameters: Readonly<Record<string, Value>>; readonly checks: Distribution["checks"] } =
    takeParameters(name, named);
  const weights = coefficients.map((_, k) => lags.parameters[`coefficient${k + 1}`]!);
  const first = Object.fromEntries(Object.entries(initial.parameters).map(([key, value]) => [`initial.${key}`, value]));
  return makeDistribution({
    name,
    support: { kind: "realVector", axis },
    eventAxes: [axis],
    parameters: { ...parameters, ...lags.parameters, ...first },
    checks: [...checks, ...lags.checks, ...initial.checks],
    logProb: (x) => {
      const series = castF32(asValue(x));
      const mean = weights.reduce(
        (total, weight, k) => total.add(mul(weight, shift(series, axis, k + 1))),
        parameters.constant,
      );
      const later = ge(iota(axis), order);
      // The steps before the first full history are evaluated at zero, and left out.
      const step = normalLogDensity(select(later, sub(series, mean), 0), asValue(0), parameters.scale);
      return sum(select(later, step, initial.logProb(series)), [axis]);
    },
    sample: (given, random) => sampleSeries(given, random, axis.size, order, initial),
  });
}

function sampleSeries(
  given: HostParameters,
  random: HostRandom,
  size: number,
  order: number,
  initial: Distribution,
): number[] {
  const start = Object.fromEntries(Object.keys(initial.parameters).map((key) => [key, given[`initial.${key}`]!]));
  const series: number[] = [];
  for (let t = 0; t < size; t++) {
    if (t < order) {
      series.push(initial.sample(start, random) as number);
      continue;
    }
    let mean = hostNumber(given, "constant");
    for (let k = 1; k <= order; k++) mean += hostNumber(given, `coefficient${k}`) * series[t - k]!;
    series.push(mean + hostNumber(given, "scale") * random.normal());
  }
  return series;
}
