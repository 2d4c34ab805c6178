/** The yardstick: a linear Gaussian state space model of the same windows, by maximum likelihood. */
import {
  type Axis,
  add,
  eq,
  exp,
  gaussianStateSpace,
  gt,
  iota,
  model,
  mul,
  rename,
  select,
  sum,
  type Value,
} from "elbow-gpu";
import { DAYS, heldOut, type Indices, windowed, windowsOf } from "./model.ts";

const STATES = 4;
type Declare = (
  name: string,
  axes?: readonly Axis[],
  initial?: (size: number, uniform: () => number) => Float64Array,
) => Value;

const small = (size: number, uniform: () => number): Float64Array =>
  Float64Array.from({ length: size }, () => 0.6 * uniform() - 0.3);

/** L Lᵀ over (row, row′), L lower triangular with exp of what is learned on its diagonal. */
function covariance(parameter: Declare, name: string, row: Axis): Value {
  const column = row.prime();
  const free = parameter(name, [row, column]);
  const factor = select(gt(iota(row), iota(column)), free, select(eq(iota(row), iota(column)), exp(free), 0));
  const spare = column.prime();
  const left = rename(factor, column, spare);
  const right = rename(rename(factor, column, spare), row, column);
  return sum(mul(left, right), [spare]);
}

export default model("linear state space", ({ plate, observe, parameter }, data: Indices) => {
  const windows = windowsOf(data);
  const window = plate("window", windows, { batch: Math.min(32, windows) });
  const day = plate("day", DAYS);
  const index = plate("index", 4);
  const state = plate("state", STATES);
  const twin = state.prime();
  const x = windowed(data, [window, day, index]);
  const diagonal = select(eq(iota(state), iota(twin)), 0.3, 0);
  const series = gaussianStateSpace(day, state, {
    series: index,
    design: parameter("design", [index, state], small),
    transition: add(diagonal, parameter("transition", [state, twin], small)),
    observationCovariance: covariance(parameter, "observation", index),
    evolutionCovariance: select(eq(iota(state), iota(twin)), 1, 0),
    initialMean: parameter("initial.mean", [state]),
    initialCovariance: covariance(parameter, "initial.covariance", state),
  });
  observe("x", series, x);
});

export const training = { steps: 600, stepSize: 2e-2, heldOut, evaluationDraws: 1 };
