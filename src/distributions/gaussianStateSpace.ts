/** Linear Gaussian state space models with the states integrated out: the Kalman filter's likelihood. */
import { type Axis, unionAxes } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { cholesky, contract, logDeterminant, scratchAxis, transpose } from "../graph/linalg.ts";
import { log, type Operand, reciprocal, square, sub, sum, triangularSolve } from "../graph/ops.ts";
import { rename } from "../graph/reindex.ts";
import { lastOf, scanAll } from "../graph/scan.ts";
import { asValue, type Value } from "../graph/value.ts";
import { HALF_LOG_2PI } from "./constants.ts";
import { type Distribution, DistributionError, makeDistribution, takeParameters } from "./distribution.ts";
import { sampleStateSpace } from "./sampling/stateSpace.ts";

export interface GaussianStateSpaceOptions {
  /** F, over `state` (and over `series` where there are several): y_t = F θ_t + noise. */
  readonly design: Value;
  /** G, over (state, state.prime()): to along `state`, from along its twin. */
  readonly transition: Value;
  /** V: the variance of the observations, over (series, series.prime()) where there are several. */
  readonly observationCovariance: Operand;
  /** W, over (state, state.prime()). */
  readonly evolutionCovariance: Value;
  /** m_0, over `state`: of the state before the first step. */
  readonly initialMean: Operand;
  /** C_0, over (state, state.prime()). */
  readonly initialCovariance: Value;
  /** The axis of several observed series. Default: one series. */
  readonly series?: Axis;
}

/** Of a state: the mean over `state`, the covariance over it and its twin. */
interface Moments {
  readonly mean: Value;
  readonly covariance: Value;
}

interface Updated extends Moments {
  readonly logDensity: Value;
}

/**
 * The distribution of one or several series along `time` of a dynamic linear model, its states integrated out:
 * θ_0 ~ N(m_0, C_0); θ_t = G θ_{t−1} + w_t, w_t ~ N(0, W); y_t = F θ_t + v_t, v_t ~ N(0, V), t = 1 … T.
 *
 * log p(y) = Σ_t log N(y_t | F a_t, F R_t Fᵀ + V), a_t and R_t the Kalman filter's predictions of θ_t
 *
 * All but m_0 and C_0 may run over `time` too; their entry t belongs to y_t and to the step that leads to θ_t. In Stan,
 * whose `F` is ours transposed, it is `gaussian_dlm_obs`. Source: Durbin & Koopman, *Time Series Analysis by State Space
 * Methods*, §§4.3, 7.2; West & Harrison, *Bayesian Forecasting and Dynamic Models*, §4.3.
 *
 * @throws DistributionError where a parameter lacks one of its axes, or a start runs over `time`.
 */
export function gaussianStateSpace(time: Axis, state: Axis, given: GaussianStateSpaceOptions): Distribution {
  const { series } = given;
  const name = "gaussianStateSpace";
  const twin = state.prime();
  const { parameters, checks } = takeParameters(name, {
    design: [given.design, "finite"],
    transition: [given.transition, "finite"],
    observationCovariance: [given.observationCovariance, "finite"],
    evolutionCovariance: [given.evolutionCovariance, "finite"],
    initialMean: [given.initialMean, "finite"],
    initialCovariance: [given.initialCovariance, "finite"],
  });
  const several = series === undefined ? [] : [series, series.prime()];
  const needs: Readonly<Record<keyof typeof parameters, readonly Axis[]>> = {
    design: [...several.slice(0, 1), state],
    transition: [state, twin],
    observationCovariance: several,
    evolutionCovariance: [state, twin],
    initialMean: [],
    initialCovariance: [state, twin],
  };
  for (const key of Object.keys(needs) as (keyof typeof needs)[]) {
    const missing = needs[key].find((axis) => !parameters[key].hasAxis(axis));
    if (missing) throw new DistributionError(name, key, `${key} must run over "${missing.name}"`);
    if (key.startsWith("initial") && parameters[key].hasAxis(time))
      throw new DistributionError(name, key, `${key} belongs to the start and cannot run over "${time.name}"`);
  }
  const eventAxes = unionAxes([time, ...several.slice(0, 1)]);
  return makeDistribution({
    name,
    support: series === undefined ? { kind: "realVector", axis: time } : { kind: "real" },
    parameters,
    checks,
    eventAxes,
    innerAxes: [state, twin, ...several.slice(1)],
    logProb: (x) => {
      const y = asValue(x);
      const { initialMean, initialCovariance } = parameters;
      const [, , total] = scanAll(
        time,
        [expand(initialMean, unionAxes(initialMean.axes, [state])), initialCovariance, 0],
        ([mean, covariance, logLikelihood]) => {
          const ahead = predict(parameters, state, { mean: mean!, covariance: covariance! });
          const next = series
            ? updateSeveral(parameters, state, series, y, ahead)
            : updateOne(parameters, state, y, ahead);
          return [next.mean, next.covariance, logLikelihood!.add(next.logDensity)];
        },
      );
      return lastOf(total!, time).sub(time.size * (series?.size ?? 1) * HALF_LOG_2PI);
    },
    sample: (values, random) =>
      sampleStateSpace(values, parameters, { time, state, ...(series ? { series } : {}) }, random),
  });
}

type Parameters = Readonly<Record<"design" | "transition" | "observationCovariance" | "evolutionCovariance", Value>>;

/** Matrix products below run over a spare axis of the state, so that rows and columns keep their own. */
function matrixProduct(left: Value, right: Value, state: Axis): Value {
  const spare = scratchAxis(state);
  return contract(rename(left, state.prime(), spare), rename(right, state, spare), spare);
}

/** a = G m, R = G C Gᵀ + W. */
function predict(
  { transition: G, evolutionCovariance }: Parameters,
  state: Axis,
  { mean, covariance }: Moments,
): Moments {
  const twin = state.prime();
  const spread = matrixProduct(matrixProduct(G, covariance, state), transpose(G, state, twin), state);
  return { mean: contract(G, rename(mean, state, twin), twin), covariance: spread.add(evolutionCovariance) };
}

/** The state given y_t, and log N(y_t | F a, F R Fᵀ + V) + ½ log 2π, of one series. */
function updateOne({ design: F, observationCovariance }: Parameters, state: Axis, y: Value, ahead: Moments): Updated {
  const twin = state.prime();
  const cross = contract(F, ahead.covariance, state); // F R, over the twin
  const onState = rename(cross, twin, state);
  const variance = contract(F, onState, state).add(observationCovariance);
  const error = sub(y, contract(F, ahead.mean, state));
  const gain = onState.mul(reciprocal(variance));
  return {
    mean: ahead.mean.add(gain.mul(error)),
    covariance: ahead.covariance.sub(gain.mul(cross)),
    logDensity: log(variance)
      .add(square(error).mul(reciprocal(variance)))
      .mul(-0.5),
  };
}

/** The same of several series, through the factor L of F R Fᵀ + V. */
function updateSeveral(given: Parameters, state: Axis, series: Axis, y: Value, ahead: Moments): Updated {
  const { design: F, observationCovariance } = given;
  const [twin, other] = [state.prime(), series.prime()];
  const cross = contract(F, ahead.covariance, state); // F R, over series and twin
  const onTwin = rename(rename(F, series, other), state, twin);
  const L = cholesky(contract(cross, onTwin, twin).add(observationCovariance), series, other);
  const white = triangularSolve(L, sub(y, contract(F, ahead.mean, state)), series, other);
  const gain = triangularSolve(L, cross, series, other);
  const gainOnState = rename(gain, twin, state);
  return {
    mean: ahead.mean.add(contract(gainOnState, white, series)),
    covariance: ahead.covariance.sub(contract(gainOnState, gain, series)),
    logDensity: logDeterminant(L, series, other)
      .add(sum(square(white), [series]))
      .mul(-0.5),
  };
}
