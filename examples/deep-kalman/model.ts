import {
  type Axis,
  add,
  amortisedChain,
  eq,
  exp,
  flat,
  gru,
  gt,
  iota,
  layer,
  model,
  mul,
  multivariateNormal,
  normal,
  real,
  select,
  shift,
  sigmoid,
  softplus,
  square,
  sub,
  sum,
  units,
  type Value,
} from "elbow-gpu";

export interface Indices {
  /** Which returns: `count` of them from `first` on. The first 1,359 are trained on, the 500 after them kept back. */
  readonly first: number;
  readonly count: number;
  /** Days from the start of a window to that of the next. Default 1: all windows there are. */
  readonly stride?: number;
  /** Daily closing levels. */
  readonly dax: readonly number[];
  readonly smi: readonly number[];
  readonly cac: readonly number[];
  readonly ftse: readonly number[];
}

const TRAINED = 1359;
/** Days of a window. */
export const DAYS = 50;
const BATCH = 32;

/** 100 × the change of the logarithm from one day to the next, four a day, less their means over the days trained on. */
export function returnsOf({ dax, smi, cac, ftse }: Indices): number[][] {
  const series = [dax, smi, cac, ftse];
  const means = series.map((levels) => (100 * Math.log(levels[TRAINED]! / levels[0]!)) / TRAINED);
  return dax.slice(1).map((_, t) => series.map((levels, k) => 100 * Math.log(levels[t + 1]! / levels[t]!) - means[k]!));
}

export const windowsOf = ({ count, stride = 1 }: Indices): number => Math.floor((count - DAYS) / stride) + 1;

/** Every window's returns, over the axes of windows, days and indices. */
export function windowed(data: Indices, axes: readonly Axis[]): Value {
  const { first, stride = 1 } = data;
  const returns = returnsOf(data);
  const starts = Array.from({ length: windowsOf(data) }, (_, w) => first + w * stride);
  return real(Float32Array.from(starts.flatMap((start) => returns.slice(start, start + DAYS).flat())), axes);
}

/** The days kept back, in windows side by side. */
export const heldOut = (data: Indices): Indices => ({ ...data, first: TRAINED, count: 500, stride: DAYS });

const hidden = units("hidden", 12);
const kept = units("kept", 8);
const tanh = { activation: "tanh" } as const;
/** Last layers start near zero: nothing that a network says is believed before it has learned. */
const quiet = {
  initial: (size: number, uniform: () => number) => Float64Array.from({ length: size }, () => 0.1 * uniform() - 0.05),
};

/** First values for the two states, one slow and one fast. */
const each = (slow: number, fast: number) => (): Float64Array => Float64Array.of(slow, fast);

export default model(
  "deep Kalman filter",
  ({ plate, sample, observe, factor, parameter, deterministic }, data: Indices) => {
    const windows = windowsOf(data);
    const window = plate("window", windows, { batch: Math.min(BATCH, windows) });
    const day = plate("day", DAYS);
    const index = plate("index", 4);
    const state = plate("state", 2);
    const z = sample("z", flat(), [window, day, state]);

    // z_t given z_{t−1}: a gate between a linear and a nonlinear step.
    const before = shift(z, day, 1);
    const gate = sigmoid(layer(parameter, "transition.gate", state, state, { ...quiet, bias: -3 })(before));
    const bend = layer(parameter, "transition.2", hidden, state);
    const bent = bend(layer(parameter, "transition.1", state, hidden, tanh)(before));
    const straight = before.mul(parameter("transition.persistence", [state], each(0.98, 0.5)));
    const first = eq(iota(day), 0);
    const loc = select(first, parameter("initial.loc", [state]), add(mul(sub(1, gate), straight), mul(gate, bent)));
    const innovation = parameter("transition.innovation", [state], each(-2, -0.5));
    const spread = softplus(layer(parameter, "transition.scale", state, state, quiet)(before).add(innovation));
    const scale = select(first, exp(parameter("initial.logScale", [state], each(-0.5, -0.5))), spread);
    factor("transition", normal(loc, scale).logProb(z));

    // The returns given z_t: location and scales from a network, correlations of what is left.
    const bottom = layer(parameter, "emission.1", state, hidden, tanh);
    const toLogScale = layer(parameter, "emission.logScale", hidden, index, quiet);
    const column = index.prime();
    const below = parameter("emission.correlation", [index, column]);
    const triangle = select(gt(iota(index), iota(column)), below, select(eq(iota(index), iota(column)), 1, 0));
    const toLoc = layer(parameter, "emission.loc", hidden, index, quiet);
    const made = bottom(z);
    const scaleTril = mul(exp(toLogScale(made)), triangle);
    observe("x", multivariateNormal(toLoc(made), { scaleTril, row: index }), windowed(data, [window, day, index]));

    // E x_t² given z_{t−1}, by the mean over points a standard deviation times √2 from z_t's mean, along each of the two states.
    const length = sum(square(triangle), [column]);
    const points = [0, 1].flatMap((k) =>
      [-1, 1].map((sign) => mul(select(eq(iota(state), k), sign * Math.SQRT2, 0), scale)),
    );
    const moments = points.map((point) => {
      const there = bottom(add(loc, point));
      return square(toLoc(there)).add(mul(exp(mul(toLogScale(there), 2)), length));
    });
    deterministic("foreseen", moments.reduce(add).div(points.length), [window, day, index]);
  },
);

/** q(z_t | z_{t−1}, x_{0:t}): a recurrent network reads the returns up to t. */
const filter = amortisedChain("day", ({ parameter, observed, axes }) => {
  const x = observed("x");
  const [, day, index] = x.axes as [Axis, Axis, Axis];
  const state = axes[2]!;
  const read = layer(parameter, "read", index, hidden, { activation: "softplus" })(x);
  const memory = gru(parameter, "memory", read, hidden, kept, day);
  const fromMemory = layer(parameter, "memory.out", kept, hidden)(memory);
  const fromBefore = layer(parameter, "before", state, hidden);
  const toLoc = layer(parameter, "loc", hidden, state, quiet);
  const toLogScale = layer(parameter, "logScale", hidden, state, quiet);
  const spread = parameter("spread", [state], each(-2, -0.7));
  const persistence = parameter("persistence", [state], each(0.95, 0.4));
  return (before) => {
    const both = add(fromBefore(before), fromMemory).tanh();
    return { loc: add(mul(persistence, before), toLoc(both)), logScale: add(toLogScale(both), spread) };
  };
});

export const training = {
  guide: { z: filter },
  steps: 1000,
  stepSize: 1e-2,
  heldOut,
  evaluationDraws: 500,
};
