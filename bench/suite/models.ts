/** The models of the rows that are not among the examples. */
import {
  bernoulli,
  exp,
  halfNormal,
  integer,
  logSumExp,
  model,
  normal,
  real,
  scan,
  sqrt,
  square,
  sub,
  uniform,
} from "../../src/index.ts";
import type { Gaussian, Logistic, Mixture, StochasticVolatility } from "./data.ts";

export const logistic = model("logistic regression", ({ plate, sample, observe }, data: Logistic) => {
  const row = plate("row", data.n);
  const predictor = plate("predictor", data.d);
  const b = sample("b", normal(0, 1), [predictor]);
  const logits = real(data.X, [row, predictor]).mul(b).sum(predictor);
  observe("y", bernoulli({ logits }), integer(data.y, [row]));
});

/** The assignment of each point summed out by log-sum-exp; weights are the softmax of normal scores. */
export const mixture = model("Gaussian mixture", ({ plate, sample, factor }, data: Mixture) => {
  const point = plate("point", data.y.length);
  const component = plate("component", data.k);
  const score = sample("score", normal(0, 1), [component]);
  const mu = sample("mu", normal(0, 20), [component]);
  const sigma = sample("sigma", halfNormal(2), [component]);
  const logWeight = score.sub(logSumExp(score, [component]));
  const terms = normal(mu, sigma)
    .logProb(real(data.y, [point]))
    .add(logWeight);
  factor("y", logSumExp(terms, [component]));
});

/**
 * Log variances h_t = μ + φ (h_{t−1} − μ) + σ η_t, the one before the series from the stationary law; in terms of the
 * innovations η, as the Stan User's Guide ("Stochastic volatility models") reparameterises it.
 */
export const stochasticVolatility = model(
  "stochastic volatility",
  ({ plate, sample, observe }, data: StochasticVolatility) => {
    const time = plate("time", data.y.length);
    const mu = sample("mu", normal(0, 5));
    const phi = sample("phi", uniform(-1, 1));
    const sigma = sample("sigma", halfNormal(1));
    const before = sample("before", normal(0, 1));
    const innovation = sigma.mul(sample("innovation", normal(0, 1), [time]));
    const start = before.mul(sigma).div(sqrt(sub(1, square(phi))));
    const deviation = scan(time, start, (previous) => phi.mul(previous).add(innovation));
    observe("y", normal(0, exp(mu.add(deviation).mul(0.5))), real(data.y, [time]));
  },
);

export const gaussian = model("Gaussian", ({ plate, sample, factor }, data: Gaussian) => {
  const column = plate("column", data.d);
  const row = plate("row", data.d);
  const z = sample("z", normal(0, 10), [column]);
  const standardised = real(data.A, [row, column])
    .mul(z.sub(real(data.b, [column])))
    .sum(column);
  factor("target", standardised.mul(standardised).mul(-0.5));
});
